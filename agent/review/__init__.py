"""The bar that people keep: one reviewer can publish, a veto needs two, nobody edits."""
