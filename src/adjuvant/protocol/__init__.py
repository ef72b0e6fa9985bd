"""The trial as one YAML file: read with line numbers, checked like a program."""
