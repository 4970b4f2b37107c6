"""What an operator sees and does from the command line: the commands in `infra/cli` ask here and print."""
