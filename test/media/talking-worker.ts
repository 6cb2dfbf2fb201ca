// A process that says on its error output what it sees of a secret in its parent's environment.
process.stderr.write(`a warning, and no key: ${String(process.env['SEGMIND_API_KEY'])}\n`);
process.disconnect();
