package demo

import (
	"strings"
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// presses is a client who hears notice and menu, presses keys, and speaks with whoever takes the call.
func (d *Demo) presses(voice, keys string, patience time.Duration) outside.Habit {
	return func(l *outside.Line) {
		if !d.hearsMenu(l) {
			return
		}
		l.Wait(l.Between(300*time.Millisecond, 2*time.Second))
		l.Press(keys)
		d.speaks(l, voice, patience)
	}
}

// talksToTheMenu is a client who does not press keys, on principle.
func (d *Demo) talksToTheMenu(voice string) outside.Habit {
	return func(l *outside.Line) {
		if d.hearsMenu(l) {
			l.Wait(3 * time.Second)
			l.Say(line(voice, atTheMenu))
			d.speaks(l, voice, time.Minute)
		}
	}
}

// hangsUpInTheNotice is a client who does not want to be recorded.
func (d *Demo) hangsUpInTheNotice(l *outside.Line) {
	if l.Answered(20 * time.Second) {
		l.Hear(5*time.Second, line(houseVoice, "recording-notice"))
		l.Wait(l.Between(0, time.Second))
	}
}

// straight is a client of a number without a menu.
func (d *Demo) straight(voice string) outside.Habit {
	return func(l *outside.Line) {
		if l.Answered(40 * time.Second) {
			d.speaks(l, voice, 50*time.Second)
		}
	}
}

func (d *Demo) hearsMenu(l *outside.Line) bool {
	return l.Answered(20*time.Second) && l.Hear(20*time.Second, line(houseVoice, "welcome")) != ""
}

// speaks waits for somebody to greet, and tells them what it is about; or leaves a message where that is asked for. It
// gives up when patience ends, and where the company says goodbye.
func (d *Demo) speaks(l *outside.Line, voice string, patience time.Duration) {
	heard := l.Hear(patience, d.expected()...)
	what, isPrompt := strings.CutPrefix(heard, line(houseVoice, ""))
	switch {
	case heard == "":
	case isPrompt && asksForMessage(what):
		l.Quiet(1200*time.Millisecond, 12*time.Second) // the tone, too
		l.Say(line(voice, message))
		l.Wait(500 * time.Millisecond)
	case isPrompt:
		l.Quiet(time.Second, 10*time.Second)
	default:
		l.Turn(0)
		for _, wish := range wishes[d.groupOf(heard)] {
			l.Say(line(voice, wish))
			l.Turn(6 * time.Second)
		}
	}
}

// expected are the phrases for which a client listens who waits: the people's greetings, and what the house says when
// nobody comes.
func (d *Demo) expected() []string {
	var all []string
	for _, e := range d.company.Employees {
		if e.ID != guest && len(e.Devices) > 0 {
			all = append(all, line(string(e.ID), d.greets(e)))
		}
	}
	for _, p := range d.prompts() {
		if p.name != "recording-notice" && p.name != "welcome" {
			all = append(all, line(p.who, p.name))
		}
	}
	return all
}

// groupOf says to which group somebody belongs who was heard.
func (d *Demo) groupOf(phrase string) fmc.GroupID {
	who, _, _ := strings.Cut(phrase, ":")
	if e, ok := d.company.Employee(fmc.EmployeeID(who)); ok {
		return e.Groups[0]
	}
	return "office"
}

// client is what happens when somebody of the company calls a client.
func (d *Demo) client(voice string) outside.Habit {
	return func(l *outside.Line) {
		chance := l.Chance.IntN(100)
		if chance < 8 {
			l.Refuse(cause.Busy)
			return
		}
		l.Wait(l.Between(500*time.Millisecond, 1500*time.Millisecond))
		l.Ring()
		l.Wait(l.Between(1500*time.Millisecond, 3500*time.Millisecond))
		switch {
		case chance < 18:
			l.Wait(time.Minute) // does not hear it
		case l.Answer():
			d.isCalled(l, voice)
		}
	}
}

// picksUp is a client who waits for the call.
func (d *Demo) picksUp(voice string) outside.Habit {
	return func(l *outside.Line) {
		l.Ring()
		l.Wait(time.Second)
		if l.Answer() {
			d.isCalled(l, voice)
		}
	}
}

// isCalled is a client who picks up when the company calls.
func (d *Demo) isCalled(l *outside.Line, voice string) {
	l.Say(line(voice, replies[0]))
	var opening []string
	for _, e := range d.company.Employees {
		if len(e.Devices) > 0 {
			opening = append(opening, line(string(e.ID), errands[0]))
		}
	}
	if l.Hear(15*time.Second, opening...) == "" {
		return
	}
	for _, reply := range replies[1:] {
		l.Turn(4 * time.Second)
		l.Say(line(voice, reply))
	}
	l.Turn(2 * time.Second)
}
