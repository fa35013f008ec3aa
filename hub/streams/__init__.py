"""The steps that facts walk through, pure, and the runtimes that drive them."""
