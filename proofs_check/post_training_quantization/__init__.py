"""The steps behind a quantiser's error, calibration on few samples, and bits for layers."""

from proofs_check.post_training_quantization import layers, programme
