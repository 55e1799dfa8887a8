"""Simulations of the XOR cluster model, from counts alone to trained networks."""
