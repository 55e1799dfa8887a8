"""Which prompts break which bounds, by batches of 20 samples and products in float32."""

import numpy as np
from serve import serve

BATCH = 20


def setup(inputs):
    """inputs: weights (H, d), mean (d,), sigma, n, critical (bounds, H), trials."""
    weights = inputs["weights"].astype(np.float32)
    mean = inputs["mean"].astype(np.float32)
    n, trials = int(inputs["n"]), int(inputs["trials"])
    sigma = np.float32(inputs["sigma"])
    critical = inputs["critical"].astype(np.int32)
    rng = np.random.default_rng(0)

    def work():
        counts = []
        for _ in range(trials // BATCH):
            y = rng.integers(0, 2, (BATCH, n), dtype=np.int8)
            x = rng.standard_normal((BATCH, n, len(mean)), dtype=np.float32) * sigma
            x += np.where(y[..., None] == 1, mean, -mean)
            scores = x.reshape(-1, len(mean)) @ weights.T
            wrong = (scores > 0).reshape(BATCH, n, -1) != (y == 1)[..., None]
            errors = wrong.sum(axis=1, dtype=np.int32)
            counts.append((errors[:, None, :] <= critical).sum(axis=2))
        return {"broken": np.concatenate(counts)}

    return work


if __name__ == "__main__":
    serve(setup)
