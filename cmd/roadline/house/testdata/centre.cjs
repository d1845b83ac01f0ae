// A message centre of npm smpp: it takes what is submitted, says so, and delivers it. What it is told on its standard input
// is a message that somebody wrote. node centre.cjs PORT
const smpp = require('smpp');
const readline = require('readline');

let receiver;
let n = 0;
const say = (x) => process.stdout.write(JSON.stringify(x) + '\n');

const server = smpp.createServer((session) => {
  session.on('error', (e) => say({ kind: 'error', text: String(e) }));
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response());
    receiver = session;
    say({ kind: 'bound', from: pdu.system_id, text: pdu.password });
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    const id = String(++n);
    session.send(pdu.response({ message_id: id }));
    say({ kind: 'submitted', from: pdu.source_addr, to: pdu.destination_addr, text: pdu.short_message.message, coding: pdu.data_coding, parts: pdu.short_message.udh ? pdu.short_message.udh[0][3] : 1 });
    session.deliver_sm({
      source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, source_addr_ton: 1, dest_addr_ton: 1, esm_class: 4,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611281000 done date:2611281001 stat:DELIVRD err:000 text:`,
    });
  });
});
server.on('error', (e) => say({ kind: 'error', text: String(e) }));
server.listen(Number(process.argv[2]), '127.0.0.1', () => say({ kind: 'ready' }));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const m = JSON.parse(line);
  receiver.deliver_sm({ source_addr_ton: 1, source_addr: m.from, dest_addr_ton: 1, destination_addr: m.to, data_coding: m.coding, short_message: m.text });
}).on('close', () => process.exit(0));
