"""The generated CUDA solvers on a GPU: ``prepare`` where Myoflare is, ``run.py`` where the GPU is."""
