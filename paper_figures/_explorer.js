// The explorer: a claim, its parameters' sliders, and the curve along one of them. FIELDS and CLAIMS
// stand before this script; nothing is loaded. `window.explorer` is for tests.
const explorerOf = (root) => {
  const part = (what) => root.querySelector(what);
  const [claim, along, start] = ["claim", "along", "start"].map((c) => part(`select.${c}`));
  const whole = part("input.whole"), svg = part("svg"), said = root.parentNode.querySelector("output");
  const sliders = new Map([...root.querySelectorAll(".slider")].map((s) => [s.dataset.field, s]));
  const STEPS = 1000, SAMPLES = 200, BOX = { left: 76, right: 612, top: 14, bottom: 318 };
  let values = {};

  // the value at a share of the range, on the declared scale, inside open ends, whole where asked
  const at = (field, u) => {
    const { low, high } = field;
    let x = field.log ? Math.exp(Math.log(low) + u * (Math.log(high) - Math.log(low)))
      : low + u * (high - low);
    if (field.whole) return Math.min(Math.max(Math.round(x), Math.ceil(low)), Math.floor(high));
    x = Math.min(Math.max(x, low), high);
    if (field.openLow && x <= low) x = low + 1e-6 * (high - low);
    if (field.openHigh && x >= high) x = high - 1e-6 * (high - low);
    return x;
  };
  const shareOf = (field, x) => {
    const scale = field.log ? Math.log : (v) => v;
    const width = scale(field.high) - scale(field.low);
    return width > 0 ? (scale(x) - scale(field.low)) / width : 0;
  };
  const inside = (field, x) => (field.openLow ? x > field.low : x >= field.low)
    && (field.openHigh ? x < field.high : x <= field.high) && (!field.whole || x === Math.round(x));
  const text = (x) => x === 0 ? "0" : Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3
    ? x.toExponential(3).replace(/\.?0+e/, "e") : String(Number(x.toPrecision(5)));
  const now = () => CLAIMS[Number(claim.value)];
  const close = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

  // the range of the curve: all that is declared, or the surroundings of value and points
  const range = (one, name) => {
    const field = FIELDS[name];
    if (one.grid) return { low: one.grid.x[0], high: one.grid.x.at(-1), log: one.grid.log };
    if (whole.checked) return field;
    const near = [values[name], ...points(one).map((p) => p.at[name])];
    const least = Math.min(...near), most = Math.max(...near);
    if (field.log) {
      return { ...field, low: Math.max(field.low, least / 100), high: Math.min(field.high, most * 100) };
    }
    const reach = Math.max(most - least, Math.abs(most), 1e-3 * Math.min(1, field.high - field.low));
    return {
      ...field,
      low: field.high - field.low <= 20 ? field.low : Math.max(field.low, least - 2 * reach),
      high: field.high - field.low <= 20 ? field.high : Math.min(field.high, most + 2 * reach),
    };
  };
  // the points whose other parameters are those of the sliders
  const points = (one) => one.points.filter((p) => one.uses.every(
    (name) => name === along.value || close(p.at[name], values[name])));

  const samples = (one, name) => {
    if (one.grid) {
      const { x, y, band, other } = one.grid;
      return x.map((v, i) => [v, y[i], band && Math.abs(band[i]), other && other[i]]);
    }
    const field = range(one, name), found = [];
    let last = NaN;
    for (let i = 0; i <= SAMPLES; i++) {
      const x = at(field, i / SAMPLES);
      if (x === last) continue;
      last = x;
      const p = { ...values, [name]: x };
      found.push([x, one.f(p), one.band ? Math.abs(one.band(p)) : null, one.g ? one.g(p) : null]);
    }
    return found;
  };

  const node = (tag, attributes, content) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (content !== undefined) made.textContent = content;
    return made;
  };
  const ticks = (low, high, log) => {
    if (log && high / low > 20) {
      const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
      const step = Math.max(1, Math.ceil((last - first) / 6)), found = [];
      for (let k = first; k <= last; k += step) found.push(10 ** k);
      return found;
    }
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough), found = [];
    for (let x = Math.ceil(low / step) * step; x <= high + step * 1e-9; x += step) {
      found.push(Math.abs(x) < step * 1e-9 ? 0 : x);
    }
    return found;
  };

  const draw = () => {
    const one = now(), name = along.value, seen = points(one), curve = samples(one, name);
    const log = Boolean(range(one, name).log);
    const xs = [...curve.map((c) => c[0]), ...seen.map((p) => p.at[name])];
    const left = Math.min(...xs), right = Math.max(...xs);
    const ys = [];
    for (const [, y, band, g] of curve) ys.push(y, y - (band ?? 0), y + (band ?? 0), g ?? y);
    for (const p of seen) ys.push(p.y, p.low ?? p.y, p.high ?? p.y);
    const finite = ys.filter(Number.isFinite);
    svg.replaceChildren();
    if (!finite.length || !(right > left)) {
      svg.append(node("text", { x: 320, y: 170, "text-anchor": "middle" }, "no finite value here"));
    } else {
      let low = Math.min(...finite), high = Math.max(...finite);
      const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
      low -= room; high += room;
      const scale = log ? Math.log : (v) => v;
      const X = (x) => BOX.left + (scale(x) - scale(left)) / (scale(right) - scale(left))
        * (BOX.right - BOX.left);
      const Y = (y) => BOX.bottom - (Math.min(Math.max(y, low), high) - low) / (high - low)
        * (BOX.bottom - BOX.top);
      const line = (ys_) => {
        let d = "", pen = "M";
        curve.forEach((c, i) => {
          if (!Number.isFinite(ys_[i])) { pen = "M"; return; }
          d += `${pen}${X(c[0]).toFixed(2)} ${Y(ys_[i]).toFixed(2)}`;
          pen = "L";
        });
        return d;
      };
      for (const x of ticks(left, right, log)) {
        svg.append(node("line", { class: "grid", x1: X(x), x2: X(x), y1: BOX.top, y2: BOX.bottom }),
          node("text", { x: X(x), y: BOX.bottom + 16, "text-anchor": "middle" }, text(x)));
      }
      for (const y of ticks(low, high, false)) {
        svg.append(node("line", { class: "grid", x1: BOX.left, x2: BOX.right, y1: Y(y), y2: Y(y) }),
          node("text", { x: BOX.left - 6, y: Y(y) + 4, "text-anchor": "end" }, text(y)));
      }
      svg.append(node("text", { x: (BOX.left + BOX.right) / 2, y: 352, "text-anchor": "middle",
        class: "name" }, name));
      const good = curve.filter((c) => Number.isFinite(c[1]));
      const upper = (c) => one.sign === ">=" ? high : one.sign === "<=" ? c[1] : c[1] + c[2];
      const lower = (c) => one.sign === ">=" ? c[1] : one.sign === "<=" ? low : c[1] - c[2];
      if (good.length && (one.sign !== "=" || good[0][2] !== null)) {
        const up = good.map((c) => `${X(c[0]).toFixed(2)} ${Y(upper(c)).toFixed(2)}`);
        const down = good.map((c) => `${X(c[0]).toFixed(2)} ${Y(lower(c)).toFixed(2)}`).reverse();
        svg.append(node("path", { class: "band", d: `M${[...up, ...down].join("L")}Z` }));
      }
      svg.append(node("path", { class: "curve", d: line(curve.map((c) => c[1])) }));
      if (curve[0][3] !== null) {
        svg.append(node("path", { class: "curve other", d: line(curve.map((c) => c[3])) }));
      }
      if (!one.grid && values[name] >= left && values[name] <= right) {
        const x = X(values[name]);
        svg.append(node("line", { class: "here", x1: x, x2: x, y1: BOX.top, y2: BOX.bottom }));
      }
      for (const p of seen) {
        const mark = node("g", { class: `point ${p.where === "ledger" ? "ledger" : "figure"}` });
        if (p.low !== null && p.high !== null) {
          mark.append(node("line", { x1: X(p.at[name]), x2: X(p.at[name]), y1: Y(p.low),
            y2: Y(p.high) }));
        }
        mark.append(node("circle", { cx: X(p.at[name]), cy: Y(p.y), r: 4 }),
          node("title", {}, `${p.where}: ${text(p.y)} at ${name} = ${text(p.at[name])}`));
        svg.append(mark);
      }
    }
    say(one, name, seen, curve);
  };
  const say = (one, name, seen, curve) => {
    const parts = [];
    if (one.grid) {
      const at = one.grid.at && `, at ${one.grid.at}`;
      parts.push(`${curve.length} points of the curve were computed beforehand, by a programme${at}`);
      if (one.grid.other) parts.push("the other side is dashed");
    } else {
      parts.push(`At ${name} = ${text(values[name])} it is ${text(one.f(values))}`);
      if (one.g) parts.push(`and the other side, dashed, ${text(one.g(values))}`);
      if (one.band) parts.push(`± ${text(Math.abs(one.band(values)))}`);
    }
    const others = one.points.length - seen.length;
    if (seen.length) parts.push(`${seen.length} simulated point${seen.length > 1 ? "s" : ""} shown`);
    if (others) parts.push(`${others} at other parameters: see "Start at"`);
    said.textContent = `${parts.join("; ")}.`;
    svg.setAttribute("aria-label", `${one.name} against ${name}. ${said.textContent}`);
  };

  const show = (name) => {  // a slider and its number say what the value is
    const slider = sliders.get(name), field = FIELDS[name];
    const [bar, exact] = slider.querySelectorAll("input");
    bar.value = String(Math.round(shareOf(field, values[name]) * STEPS));
    bar.setAttribute("aria-valuetext", text(values[name]));
    exact.value = String(Number(values[name].toPrecision(12)));
    exact.removeAttribute("aria-invalid");
  };
  const choose = (select, words) => select.replaceChildren(...words.map(([value, label]) => {
    const option = document.createElement("option");
    option.value = value; option.textContent = label;
    return option;
  }));
  const begin = () => {
    const one = now();
    values = { ...one.starts[Number(start.value) || 0][1] };
    for (const name of one.uses) show(name);
    draw();
  };
  const take = () => {
    const one = now();
    for (const [name, slider] of sliders) slider.hidden = Boolean(one.grid) || !one.uses.includes(name);
    for (const told of root.querySelectorAll("[data-claim]")) {
      told.hidden = told.dataset.claim !== claim.value;
    }
    whole.parentNode.hidden = Boolean(one.grid);
    choose(along, one.uses.map((name) => [name, name]));
    choose(start, one.starts.map(([label], i) => [String(i), label || "the default"]));
    const varied = (name) => new Set(one.points.map((p) => p.at[name])).size;
    along.value = one.uses.reduce((a, b) => varied(b) > varied(a) ? b : a);
    begin();
  };

  for (const [name, slider] of sliders) {
    const [bar, exact] = slider.querySelectorAll("input");
    bar.addEventListener("input", () => {
      values[name] = at(FIELDS[name], Number(bar.value) / STEPS);
      show(name); draw();
    });
    exact.addEventListener("change", () => {
      const x = Number(exact.value);
      if (exact.value === "" || !inside(FIELDS[name], x)) {
        exact.setAttribute("aria-invalid", "true");
        return;
      }
      values[name] = x;
      show(name); draw();
    });
  }
  claim.addEventListener("change", take);
  start.addEventListener("change", begin);
  along.addEventListener("change", draw);
  whole.addEventListener("change", draw);
  root.hidden = false;
  take();
  return { claims: CLAIMS, fields: FIELDS, special: Special, at };
};
window.explorer = explorerOf(document.querySelector(".explorer"));
