// A server of npm goip: says one line of JSON for everything that a box tells.
const { ServerFactory } = require('goip');

const server = ServerFactory.make(Number(process.argv[2]), { address: '127.0.0.1' });
server.onServerListening(() => console.log(JSON.stringify({ kind: 'Listening' })));
server.onAll((m) => console.log(JSON.stringify({ kind: m.constructor.name, told: m.request().all() })));
server.run();
process.stdin.on('end', () => process.exit(0)).resume();
