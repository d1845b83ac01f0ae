// A company's program of npm smpp: it binds, asks what it is told on its standard input, a PDU's fields a line, and says what
// is answered and what it is given. node program.cjs PORT SYSTEM_ID PASSWORD
const smpp = require('smpp');
const readline = require('readline');

const say = (x) => process.stdout.write(JSON.stringify(x) + '\n');
const [port, system_id, password] = process.argv.slice(2);

const session = smpp.connect({ host: '127.0.0.1', port: Number(port) }, () => {
  session.bind_transceiver({ system_id, password }, (pdu) => say({ kind: 'bound', status: pdu.command_status, text: pdu.system_id }));
});
session.on('error', (e) => say({ kind: 'error', text: String(e) }));
session.on('enquire_link', (pdu) => session.send(pdu.response()));
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  const text = pdu.short_message.message || pdu.message_payload.message;
  say(pdu.esm_class & 0x3c
    ? { kind: 'receipt', id: pdu.receipted_message_id.replace(/\0$/, ''), state: pdu.message_state, text: text.toString() }
    : { kind: 'came', from: pdu.source_addr, to: pdu.destination_addr, text: text.toString(), coding: pdu.data_coding });
});

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { command, ...fields } = JSON.parse(line);
  session[command](fields, (pdu) => say({ kind: 'answered', status: pdu.command_status, id: pdu.message_id, text: pdu.command }));
}).on('close', () => process.exit(0));
