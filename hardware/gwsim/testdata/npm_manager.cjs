// Logs in to a gateway with npm asterisk-manager and carries out commands, one after the other: port, host, user, password,
// action, commands. Says one line of JSON for every answer and for everything that the box tells; goes on until its input ends.
const Manager = require('asterisk-manager');

const [port, host, user, password, action, ...commands] = process.argv.slice(2);
const ami = new Manager(Number(port), host, user, password, true);
const say = (kind, told) => console.log(JSON.stringify({ kind, told }));

ami.on('managerevent', (event) => say(event.event, event));
ami.on('connect', () => {
  const next = () => {
    const command = commands.shift();
    if (command !== undefined) ami.action({ action, command }, (err, answer) => { say('Answer', err || answer); next(); });
  };
  next();
});
process.stdin.on('end', () => process.exit(0)).resume();
