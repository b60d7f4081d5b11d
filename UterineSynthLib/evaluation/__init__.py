"""Evaluation: the judge that reads images, metrics as plain functions, and the table of a model's figures."""
