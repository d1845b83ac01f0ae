package gwsim

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// mostTexts is how many dialogues for texts a line has at a time; it remembers the last ten.
const (
	mostTexts       = 5
	rememberedTexts = 10
)

// goipOrder is one word of somebody who speaks to a line: the server, or whoever else knows the password. He is answered at
// his own address.
type goipOrder struct {
	*goipLine
	from *net.UDPAddr
}

func (l goipOrder) say(text string) { l.write(text, l.from) }

// obey does what is ordered: the vendor's paper, §2 to §4.
func (l goipOrder) obey(ctx context.Context, said string) {
	if strings.HasPrefix(said, "reg:") || strings.HasPrefix(said, "req:") { // npm goip answers req
		return
	}
	word, rest, _ := strings.Cut(strings.TrimRight(said, "\r\n"), " ")
	number, rest, _ := strings.Cut(rest, " ")
	if l.port.has(Strange) {
		l.say("WHAT " + number + " 0x80\n")
		return
	}
	switch word {
	case "RECEIVE", "DELIVER", "STATE", "RECORD", "REMAIN", "HANGUP", "EXPIRY":
		l.acknowledged(word+" "+number, rest)
	case "MSG":
		l.message(number, said)
	case "PASSWORD":
		l.password(number, rest)
	case "SEND":
		l.send(ctx, number, rest)
	case "DONE":
		l.done(number)
	case "USSD":
		l.ask(ctx, number, rest)
	case "USSDEXIT":
		l.exit(number)
	default:
		l.command(ctx, word, number, strings.Fields(rest))
	}
}

// acknowledged takes OK, and any other word, as the end of an event.
func (l goipOrder) acknowledged(key, how string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if done, ok := l.acked[key]; ok && strings.HasPrefix(how, "OK") {
		delete(l.acked, key)
		close(done)
	}
}

// message takes `MSG number length text`.
func (l goipOrder) message(number, said string) {
	f := strings.SplitN(said, " ", 4)
	length := 0
	if len(f) == 4 {
		length, _ = strconv.Atoi(f[2])
	}
	if len(f) < 4 || length < 1 || length > len(f[3]) || length > 3000 {
		l.say("ERROR " + number + " bad message\n")
		return
	}
	l.mu.Lock()
	full := l.texts[number] == nil && len(l.texts) >= mostTexts && l.open() >= mostTexts
	if l.texts[number] == nil && !full {
		l.texts[number] = &goipText{words: f[3][:length], sends: map[string]string{}}
		if l.order = append(l.order, number); len(l.order) > rememberedTexts {
			delete(l.texts, l.order[0])
			l.order = l.order[1:]
		}
	}
	l.mu.Unlock()
	if full {
		l.say("ERROR " + number + " too many sessions\n")
		return
	}
	l.say("PASSWORD " + number + "\n")
}

// open counts the dialogues that were not done. mu is held.
func (l goipOrder) open() int {
	n := 0
	for _, t := range l.texts {
		if t.words != "" {
			n++
		}
	}
	return n
}

func (l goipOrder) password(number, given string) {
	l.mu.Lock()
	t := l.texts[number]
	right := t != nil && strings.TrimSpace(given) == l.secret()
	if right {
		t.admitted = true
	}
	l.mu.Unlock()
	if !right {
		l.say("ERROR " + number + " PASSWORD\n")
		return
	}
	l.say("SEND " + number + "\n")
}

// send takes `SEND number place receiver`. What was asked before is answered as before: nothing is sent twice.
func (l goipOrder) send(ctx context.Context, number, rest string) {
	place, to, _ := strings.Cut(strings.TrimSpace(rest), " ")
	l.mu.Lock()
	t := l.texts[number]
	if t == nil || !t.admitted {
		l.mu.Unlock()
		l.say("ERROR " + number + " no session\n")
		return
	}
	answer, known := t.sends[place]
	if !known {
		t.sends[place] = ""
	}
	words := t.words
	l.mu.Unlock()
	if l.port.has(Lies) {
		l.say("OK " + number + "0 " + place + " 99\n")
		l.say("OK " + number + " " + place + "0 98\n")
		l.say("DONE " + number + "\n")
	}
	if !known {
		answer = l.submit(ctx, t, number, place, to, words)
	}
	if answer == "" {
		answer = "WAIT " + number + " " + place + "\n"
	}
	if !l.port.has(CutSend) {
		l.say(answer)
	}
}

// submit has the network send the text, and remembers what it said.
func (l goipOrder) submit(ctx context.Context, t *goipText, number, place, to, words string) string {
	reference, _, why := l.port.submit(ctx, to, words)
	answer := fmt.Sprintf("OK %s %s %d\n", number, place, reference)
	if why != 0 {
		answer = fmt.Sprintf("ERROR %s %s errorstatus:%d\n", number, place, why)
	}
	forgets := l.port.has(Forgets)
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.sends[place] = answer; forgets {
		clear(l.texts)
		l.order = nil
		return "ERROR " + number + " no session\n"
	}
	return answer
}

func (l goipOrder) done(number string) {
	l.mu.Lock()
	if t := l.texts[number]; t != nil {
		t.words = ""
	}
	l.mu.Unlock()
	l.say("DONE " + number + "\n")
}

// ask takes `USSD number password code`.
func (l goipOrder) ask(ctx context.Context, number, rest string) {
	given, code, _ := strings.Cut(rest, " ")
	switch {
	case given != l.secret():
		l.say("USSDERROR " + number + " PASSWORD")
		return
	case !l.port.registered():
		l.say("USSDERROR " + number + " not login")
		return
	}
	answer, open, err := l.port.mobile.Ask(ctx, code)
	if err != nil {
		l.say("USSDERROR " + number + " error")
		return
	}
	l.mu.Lock()
	if l.ussd = ""; open {
		l.ussd = number
	}
	l.mu.Unlock()
	l.say("USSD " + number + " " + answer)
}

func (l goipOrder) exit(number string) {
	if l.port.mobile != nil {
		l.port.mobile.Leave()
	}
	l.mu.Lock()
	l.ussd = ""
	l.mu.Unlock()
	l.say("USSDEXIT " + number)
}

// command takes `name number [arguments] password`.
func (l goipOrder) command(ctx context.Context, name, number string, f []string) {
	if len(f) == 0 || f[len(f)-1] != l.secret() {
		l.say("ERROR " + number + " PASSWORD")
		return
	}
	answer := "ok"
	switch name {
	case "module_ctl_i":
		l.port.block(f[0] == "2")
	case "svr_reboot_module":
		l.say(name + " " + number + " ok")
		l.port.restart(ctx)
		return
	case "get_gsm_state":
		answer = "IDLE"
	case "get_imei":
		answer = fmt.Sprintf("35209900%07d", l.port.index+1)
	default:
		l.say("ERROR " + number + " unknown command")
		return
	}
	l.say(name + " " + number + " " + answer)
}
