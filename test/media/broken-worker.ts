// A media process that ends before it is up, as one does whose sharp cannot be loaded.
process.send?.({ broken: 'sharp is not there' });
process.exitCode = 1;
process.disconnect();
