// Ends at once with the exit code given.
process.exit(Number(process.argv[2]));
