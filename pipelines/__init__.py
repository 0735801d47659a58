"""Item pipelines, one a stage: extract, detect, store. Each calls one function and hands on."""
