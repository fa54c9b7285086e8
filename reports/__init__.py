"""The renderers, one module per format: a pure function from a document to text. No I/O but their own templates."""
