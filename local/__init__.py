"""The local stack: runs the resources of template.yaml on one machine, without Docker unless `--sam` is given."""
