// Sends one text with npm goip: address, port, password, number, text.
const { SocketSms } = require('goip');

const [address, port, password, number, text] = process.argv.slice(2);
new SocketSms(address, Number(port), password).sendOne(number, text, 4711).then(
  (sent) => console.log(JSON.stringify(sent)),
  (err) => { console.error(err.message); process.exit(1); },
);
