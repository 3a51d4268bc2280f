// Loaded into a process of the command line with NODE_OPTIONS=--import: the threads that it starts die at their work.
process.on('worker', (thread) => setTimeout(() => thread.terminate(), 100));
