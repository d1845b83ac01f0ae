package gsmsim

import (
	"fmt"
	"io"
	"strings"
	"time"

	"roadline/fmc/cause"
)

// Console carries out what a person types to a network, one line at a time. Its lines act on the device chosen by use.
type Console struct {
	Net     *Network
	Out     io.Writer
	chosen  int
	talking []*Handset // that the person let call, the latest last
}

// An order is one word of the console.
type order struct {
	word, args, does string
	least            int // words that it needs
	do               func(c *Console, d *Device, args []string) error
}

// orders are what the console knows.
func orders() []order {
	return []order{
		{"use", "N", "choose the device, from 1", 1, (*Console).use},
		{"state", "", "say how the device and its card are", 0, (*Console).state},
		{"call", "FROM", "let FROM call the card; hidden before it withholds the number", 1, (*Console).call},
		{"answer", "", "let the called subscriber answer at once", 0, (*Console).answer},
		{"press", "KEYS", "press keys at the telephone that calls", 1, (*Console).press},
		{"hangup", "", "let the telephone that calls hang up", 0, (*Console).hangUp},
		{"text", "FROM WORDS…", "send the card a text", 2, (*Console).text},
		{"inbox", "NUMBER", "show what texts a subscriber got", 1, (*Console).inbox},
		{"fault", "NAME on|off", "switch a fault; without a name, list them", 0, (*Console).fault},
		{"signal", "1-31", "set the signal, by the scale of +CSQ", 1, (*Console).signal},
		{"forwarding", "taken|refused|ignored|lost", "say how the card's operator takes it when calls are to be forwarded", 1, (*Console).forwarding},
		{"drop", "CAUSE", "lose the call, for a cause of 24.008", 1, (*Console).drop},
		{"unplug", "", "pull the device out", 0, func(_ *Console, d *Device, _ []string) error { d.Unplug(); return nil }},
		{"replug", "", "put it back", 0, func(_ *Console, d *Device, _ []string) error { return d.Replug() }},
		{"reset", "", "start it anew: the ports vanish and come back", 0, func(_ *Console, d *Device, _ []string) error { d.Reset(); return nil }},
	}
}

// Do carries out one line; an empty one is nothing.
func (c *Console) Do(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	if words[0] == "help" {
		for _, o := range orders() {
			fmt.Fprintf(c.Out, "%-24s %s\n", strings.TrimSpace(o.word+" "+o.args), o.does)
		}
		return nil
	}
	devices := c.Net.Devices()
	if len(devices) == 0 {
		return cause.Errorf(cause.NotFound, "no device is plugged in")
	}
	for _, o := range orders() {
		if o.word != words[0] {
			continue
		}
		if len(words)-1 < o.least {
			return cause.Errorf(cause.Invalid, "write: %s %s", o.word, o.args)
		}
		return o.do(c, devices[c.chosen], words[1:])
	}
	return cause.Errorf(cause.Invalid, "%q is nothing that can be done: help lists what can", words[0])
}

func (c *Console) use(_ *Device, args []string) error {
	n, ok := digits(args[0])
	if count := len(c.Net.Devices()); !ok || n < 1 || n > count {
		return cause.Errorf(cause.Invalid, "use %s: there are devices 1 to %d", args[0], count)
	}
	c.chosen = n - 1
	return nil
}

func (c *Console) state(d *Device, _ []string) error {
	fmt.Fprintf(c.Out, "%s  IMEI %s  ports %v  registered %v\n", d.model.Name, d.imei, d.Present(), d.Registered())
	if card := d.Card(); card != nil {
		left := c.Net.Left(card)
		fmt.Fprintf(c.Out, "card %s  %s  %d.%02d RUB, %d min, %d texts\n", card.ICCID, card.Number, left.Kopecks/100, left.Kopecks%100, left.Minutes, left.Texts)
		for reason, word := range []string{"all calls", "calls while it is busy", "calls that nobody takes", "calls while it is away"} {
			if to, after := c.Net.Forwarded(card, reason); to != "" {
				fmt.Fprintf(c.Out, "%s go to %s", word, to)
				if after > 0 {
					fmt.Fprintf(c.Out, " after %s", after)
				}
				fmt.Fprintln(c.Out)
			}
		}
	}
	return nil
}

func (c *Console) forwarding(d *Device, args []string) error {
	card := d.Card()
	if card == nil {
		return cause.Errorf(cause.NotFound, "no card is in the device")
	}
	for how, word := range []string{"taken", "refused", "ignored", "lost"} {
		if word == args[0] {
			c.Net.SetForwarding(card, Forwarding(how))
			return nil
		}
	}
	return cause.Errorf(cause.Invalid, "write: forwarding taken|refused|ignored|lost")
}

func (c *Console) call(d *Device, args []string) error {
	hidden := args[0] == "hidden"
	if hidden {
		args = args[1:]
	}
	card := d.Card()
	if card == nil || len(args) == 0 {
		return cause.Errorf(cause.Invalid, "write: call [hidden] FROM, with a card in the device")
	}
	h, err := c.Net.Call(args[0], card.Number, CallOptions{Hidden: hidden})
	if err != nil {
		return err
	}
	h.Say(Tone(440))
	c.talking = append(c.talking, h)
	return nil
}

// answer answers the oldest call that rings at a subscriber.
func (c *Console) answer(*Device, []string) error {
	c.Net.mu.Lock()
	defer c.Net.mu.Unlock()
	for _, call := range c.Net.calls {
		if _, outside := call.to.(*Handset); outside && call.answered.IsZero() {
			call.answer()
			return nil
		}
	}
	return cause.Errorf(cause.NotFound, "no telephone rings")
}

// latest is the telephone that called last and has not hung up.
func (c *Console) latest() (*Handset, error) {
	for len(c.talking) > 0 {
		h := c.talking[len(c.talking)-1]
		if h.State() != HungUp {
			return h, nil
		}
		c.talking = c.talking[:len(c.talking)-1]
	}
	return nil, cause.Errorf(cause.NotFound, "nobody calls")
}

func (c *Console) press(_ *Device, args []string) error {
	h, err := c.latest()
	if err != nil {
		return err
	}
	return h.Press(args[0])
}

func (c *Console) hangUp(*Device, []string) error {
	h, err := c.latest()
	if err == nil {
		h.HangUp()
	}
	return err
}

func (c *Console) text(d *Device, args []string) error {
	card := d.Card()
	if card == nil {
		return cause.Errorf(cause.Invalid, "there is no card in the device")
	}
	return c.Net.Text(args[0], card.Number, strings.Join(args[1:], " "))
}

func (c *Console) inbox(_ *Device, args []string) error {
	for _, t := range c.Net.Inbox(args[0]) {
		fmt.Fprintf(c.Out, "%s: %s\n", t.From, t.Body)
	}
	return nil
}

func (c *Console) fault(d *Device, args []string) error {
	if len(args) == 0 {
		for _, f := range Faults() {
			fmt.Fprintln(c.Out, f)
		}
		return nil
	}
	f, err := FaultNamed(args[0])
	switch {
	case err != nil:
		return err
	case len(args) == 2 && args[1] == "on":
		d.Fault(f)
	case len(args) == 2 && args[1] == "off":
		d.Mend(f)
	default:
		return cause.Errorf(cause.Invalid, "write: fault %s on|off", f)
	}
	return nil
}

func (c *Console) signal(d *Device, args []string) error {
	n, ok := digits(args[0])
	if !ok || n < 1 || n > 31 {
		return cause.Errorf(cause.Invalid, "signal %s: it is 1 to 31", args[0])
	}
	d.Signal(n)
	return nil
}

func (c *Console) drop(d *Device, args []string) error {
	n, ok := digits(args[0])
	if !ok || n < 1 || n > 127 {
		return cause.Errorf(cause.Invalid, "drop %s: a cause is 1 to 127", args[0])
	}
	d.Drop(n)
	return nil
}

// Behaviours are the ways that a subscriber takes calls, by the names that a command line knows them by.
func Behaviours() map[string]Behaviour {
	after := 5 * time.Second
	speaks := func() Voice { return Tone(425) }
	return map[string]Behaviour{
		"answers":   {After: after, Says: speaks},
		"ignores":   {Does: Ignores},
		"busy":      {Does: Busy},
		"refuses":   {Does: Refuses, After: after},
		"away":      {Does: OutOfCover},
		"off":       {Does: SwitchedOff},
		"voicemail": {Does: SwitchedOff, Voicemail: true, Says: speaks},
	}
}
