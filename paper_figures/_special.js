"use strict";
// The vocabulary's special functions in float64. Against 50 digits all reach 1e-13 relative, but:
// gamma 5e-13 near 171, gammaCdf and betaCdf 1e-12 for parameters to 1e6, lambertW 1e-8 at its
// branch point -1/e, where the function itself is that steep.
const Special = (() => {
  const SQRT1_2 = Math.SQRT1_2, PI = Math.PI, LOG_2PI = Math.log(2 * PI);
  const ERFCX = [
    1.2375126308378275, -0.14024059858554697, 0.0035854154854644315, 0.08227673849014519,
    -0.10880393014174897, 0.09230432116037786, -0.05869339858963471, 0.02836227741895159,
    -0.009746579558050349, 0.0017556258529290744, 0.0002937136657178256, -0.00029015408068493566,
    5.1649098413601324e-05, 2.238423954797034e-05, -1.1444145048081489e-05, -9.73560595878575e-07,
    1.7516356857938855e-06, -5.7217422738897715e-08, -2.586663751417498e-07, 2.3262924779617893e-08,
    3.8673870669058915e-08, -3.743970349021862e-09, -5.173414833528833e-09, 3.1110068743161595e-10,
    4.2504846704367195e-10,
  ];
  const LOGGAMMA = [
    0.44148902545501421, -0.11119580321752522, 0.019510448260688841, -0.003922461463025264,
    0.00084789898959538574, -0.00019153855341365592, 4.4544701849756064e-5, -1.05728743735943e-5,
    2.5474336873408415e-6, -6.208535880776316e-7, 1.5268677399071547e-7, -3.7826376602913261e-8,
    9.4281008236242844e-9, -2.3619997021846449e-9, 5.9435419058175461e-10, -1.5013129770728669e-10,
    3.8050196458110537e-11, -9.6724852996563246e-12, 2.4653481983556609e-12, -6.2988681407917115e-13,
    1.6128460030283786e-13, -4.1379492068140421e-14, 1.0635701227757898e-14, -2.7382420786652825e-15,
    7.0606705072148925e-16, -1.8232177141662119e-16, 4.7141690067562716e-17,
  ];
  // Bernoulli numbers B_2k/(2k (2k - 1)): the tail of Stirling's series
  const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

  const erfcxRight = (x) => {  // x >= 0
    const t = (x - 3.75) / (x + 3.75);
    if (x > 1e8) return 1 / (x * Math.sqrt(PI));
    let sum = 0;
    for (let i = ERFCX.length - 1; i >= 0; i--) sum = sum * t + ERFCX[i];
    return sum / (1 + 2 * x);
  };
  // exp(-x^2), the square's rounding error included
  const gauss = (x) => {
    if (Math.abs(x) > 28) return 0;
    const high = Math.round(x * 16) / 16, low = (x - high) * (x + high);
    return Math.exp(-high * high) * Math.exp(-low);
  };
  const erfcx = (x) => x >= 0 ? erfcxRight(x) : 2 / gauss(x) - erfcxRight(-x);
  const erfc = (x) => x >= 0 ? gauss(x) * erfcxRight(x) : 2 - gauss(x) * erfcxRight(-x);
  const erfSeries = (x) => {
    let term = x, sum = x;
    for (let n = 1; n < 40; n++) {
      term *= -x * x / n;
      const next = sum + term / (2 * n + 1);
      if (next === sum) break;
      sum = next;
    }
    return 2 / Math.sqrt(PI) * sum;
  };
  const erf = (x) => Math.abs(x) < 0.75 ? erfSeries(x)
    : x > 0 ? 1 - erfc(x) : x < 0 ? erfc(-x) - 1 : x;
  const normalCdf = (x) => erfc(-x * SQRT1_2) / 2;
  const logNormalCdf = (x) => x > 0 ? Math.log1p(-erfc(x * SQRT1_2) / 2)
    : Math.log(erfcxRight(-x * SQRT1_2) / 2) - x * x / 2;
  const normalQuantile = (p) => {
    if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
    if (Math.abs(p - 0.5) < 0.1) {  // erf keeps its digits near 0
      const d = 2 * p - 1;
      let x = d * Math.sqrt(PI / 2);
      for (let i = 0; i < 5; i++) {
        x -= (erf(x * SQRT1_2) - d) * Math.sqrt(PI / 2) / gauss(x * SQRT1_2);
      }
      return x;
    }
    if (p > 0.5) return -normalQuantile(1 - p);
    const t = Math.sqrt(-2 * Math.log(p));
    let x = (2.515517 + t * (0.802853 + t * 0.010328))
      / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
    for (let i = 0; i < 4; i++) {  // Newton on log Phi, whose slope is 1/Mills' ratio
      x -= (logNormalCdf(x) - Math.log(p)) * erfcxRight(-x * SQRT1_2) * Math.sqrt(PI / 2);
    }
    return x;
  };

  const chebyshev = (t) => {  // log Gamma(2 + t)/(t (1 + t)), by Clenshaw
    let b1 = 0, b2 = 0;
    for (let i = LOGGAMMA.length - 1; i > 0; i--) [b1, b2] = [2 * t * b1 - b2 + LOGGAMMA[i], b1];
    return t * b1 - b2 + LOGGAMMA[0];
  };
  const loggamma = (x) => {
    if (x !== x || x === -Infinity) return NaN;
    if (x <= 0) {
      return x === Math.floor(x) ? Infinity
        : Math.log(PI / Math.abs(Math.sin(PI * (x - 2 * Math.round(x / 2))))) - loggamma(1 - x);
    }
    // Gamma(x) = Gamma(x + 1)/x, the digits of x - 1 kept
    if (x < 1) return chebyshev(x - 1) * x * (x - 1) - (x > 0.5 ? Math.log1p(x - 1) : Math.log(x));
    if (x <= 3) return chebyshev(x - 2) * (x - 1) * (x - 2);
    if (x < 10) {
      let product = 1;
      while (x > 3) { x -= 1; product *= x; }
      return Math.log(product) + loggamma(x);
    }
    return (x - 0.5) * Math.log(x) - x + LOG_2PI / 2 + stirlingTail(x);
  };
  const stirlingTail = (x) => {
    let sum = 0;
    for (let i = STIRLING.length - 1; i >= 0; i--) sum = sum / (x * x) + STIRLING[i];
    return sum / x;
  };
  const gamma = (x) => {
    if (x < 0.5) return PI / (Math.sin(PI * (x - 2 * Math.round(x / 2))) * gamma(1 - x));
    if (x > 171.7) return Infinity;
    if (x > 20) return Math.exp(loggamma(x));
    let product = 1;
    while (x > 2.5) { x -= 1; product *= x; }
    return product * Math.exp(loggamma(x));
  };

  const deviance = (x, mean) => {  // x log(x/mean) + mean - x, without cancellation
    if (x === 0) return mean;
    if (mean === 0) return x > 0 ? Infinity : 0;
    if (Math.abs(x - mean) < 0.1 * (x + mean)) {
      const v = (x - mean) / (x + mean);
      let sum = (x - mean) * v, term = 2 * x * v;
      for (let j = 1; j < 100; j++) {
        term *= v * v;
        const next = sum + term / (2 * j + 1);
        if (next === sum) break;
        sum = next;
      }
      return sum;
    }
    return x * Math.log(x / mean) + mean - x;
  };
  // log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi)/2
  const stirlingError = (x) => x >= 10 ? stirlingTail(x)
    : loggamma(x + 1) - (x + 0.5) * Math.log(x) + x - LOG_2PI / 2;
  const gammaCdf = (x, a) => {
    if (x !== x || a !== a) return NaN;
    if (x <= 0) return 0;
    if (x === Infinity) return 1;
    // x^a e^-x/Gamma(a + 1), Loader's way
    const front = a < 1e-3 ? Math.exp(a * Math.log(x) - x - loggamma(a + 1))
      : Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * PI * a);
    if (x < a + 1) {
      let term = 1, sum = 1;
      for (let n = 1; n < 1e5 && term > 1e-17 * sum; n++) { term *= x / (a + n); sum += term; }
      return front * sum;
    }
    let b = x + 1 - a, c = 1e300, d = 1 / b, h = d;  // Lentz
    for (let i = 1; i < 1e5; i++) {
      const an = -i * (i - a);
      b += 2;
      d = 1 / (an * d + b || 1e-300);
      c = b + an / c || 1e-300;
      h *= c * d;
      if (Math.abs(c * d - 1) < 1e-16) break;
    }
    return 1 - front * a * h;
  };
  const betaCdf = (x, a, b) => {
    if (x !== x || a !== a || b !== b) return NaN;
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - betaBelow(1 - x, x, b, a);
    return betaBelow(x, 1 - x, a, b);
  };
  const betaBelow = (x, y, a, b) => {
    const n = a + b;
    // x^a y^b/(a B(a, b)), Loader's way
    const front = Math.exp(stirlingError(n) - stirlingError(a) - stirlingError(b)
      - deviance(a, n * x) - deviance(b, n * y)) * Math.sqrt(n / (2 * PI * a * b)) * b / n;
    let c = 1, d = (a + 1) / (1 + a * y - b * x || 1e-300), h = d;  // of 1 - n x/(a + 1)
    for (let m = 1; m < 1e5; m++) {
      let e = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / (1 + e * d || 1e-300); c = 1 + e / c || 1e-300; h *= c * d;
      e = -(a + m) * (n + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / (1 + e * d || 1e-300); c = 1 + e / c || 1e-300; h *= c * d;
      if (Math.abs(c * d - 1) < 1e-16) break;
    }
    return front * h;
  };
  const xlogx = (x) => x === 0 ? 0 : x * Math.log(x);
  const logBinomial = (n, k) => {
    const rest = n - k;
    if (k === 0 || rest === 0) return 0;
    if (k < 1 || rest < 1) return loggamma(n + 1) - loggamma(k + 1) - loggamma(rest + 1);
    return stirlingError(n) - stirlingError(k) - stirlingError(rest)
      + Math.log(n / (2 * PI * k * rest)) / 2 - k * Math.log(k / n) - rest * Math.log1p(-k / n);
  };
  const lambertW = (x) => {
    const edge = Math.E * x + 1;
    if (edge < 0) return edge > -1e-15 ? -1 : NaN;
    const p = Math.sqrt(2 * edge);
    let w = x < 0.5 ? -1 + p - p * p / 3 + 11 / 72 * p * p * p : Math.log1p(x);
    if (x > 10) w = Math.log(x) - Math.log(Math.log(x));
    for (let i = 0; i < 50 && w !== -1; i++) {  // Halley
      const e = Math.exp(w), f = w * e - x;
      const step = f / (e * (w + 1) - (w + 2) * f / (2 * w + 2));
      if (!(Math.abs(step) > 1e-17 * Math.abs(w))) break;
      w -= step;
    }
    return w;
  };
  return {
    erf, erfc, erfcx, normalCdf, logNormalCdf, normalQuantile, gamma, loggamma, gammaCdf, betaCdf,
    xlogx, deviance, logBinomial, lambertW,
  };
})();
