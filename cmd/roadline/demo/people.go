package demo

import (
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// way is something that may happen on a call, so often among others.
type way struct {
	share int
	does  outside.Habit
}

// oneOf does one of several things, by chance.
func oneOf(ways ...way) outside.Habit {
	total := 0
	for _, w := range ways {
		total += w.share
	}
	return func(l *outside.Line) {
		at := l.Chance.IntN(total)
		for _, w := range ways {
			if at -= w.share; at < 0 {
				w.does(l)
				return
			}
		}
	}
}

// shares are how often in a hundred each thing happens on people's mobiles: taken by pressing 1, a voicemail that
// answers, nobody answers, passed on by pressing 2, declined on the screen, busy in another call, switched off.
var shares = map[fmc.EmployeeID][7]int{
	"ivanov":  {70, 10, 10, 5, 5, 0, 0},
	"petrova": {82, 0, 4, 8, 0, 6, 0},
	"sidorov": {60, 16, 8, 4, 8, 4, 0},
	"volkov":  {70, 16, 0, 4, 0, 0, 10},
	"kuzmin":  {50, 25, 5, 5, 0, 0, 15},
}

// mobile is what happens when a person's mobile is called.
func (d *Demo) mobile(e fmc.Employee) outside.Habit {
	s := shares[e.ID]
	alerted := func(then outside.Habit) outside.Habit {
		return func(l *outside.Line) {
			l.Wait(l.Between(700*time.Millisecond, 2500*time.Millisecond)) // the network looks for the phone
			l.Ring()
			l.Wait(l.Between(1500*time.Millisecond, 4*time.Second))
			then(l)
		}
	}
	return oneOf(
		way{s[0], alerted(func(l *outside.Line) { d.takes(l, e) })},
		way{s[1], alerted(answeredByMachine)},
		way{s[2], alerted(func(l *outside.Line) { l.Wait(time.Minute) })},
		way{s[3], alerted(passesOn)},
		way{s[4], alerted(func(l *outside.Line) { l.Refuse(cause.Declined) })},
		way{s[5], func(l *outside.Line) { l.Refuse(cause.Busy) }},
		way{s[6], isSwitchedOff},
	)
}

// takes picks up, hears who calls, presses 1 and speaks with the client.
func (d *Demo) takes(l *outside.Line, e fmc.Employee) {
	if !l.Answer() {
		return
	}
	if d.isCalledBack(l) {
		d.keysNumber(l, e)
		return
	}
	l.Wait(l.Between(0, 500*time.Millisecond))
	l.Press("1")
	d.serves(l, e)
}

// serves speaks with a client.
func (d *Demo) serves(l *outside.Line, e fmc.Employee) {
	who := string(e.ID)
	l.Wait(l.Between(500*time.Millisecond, time.Second)) // being put through
	l.Say(line(who, d.greets(e)))
	for _, answer := range answers[e.Groups[0]] {
		l.Turn(6 * time.Second)
		l.Say(line(who, answer))
	}
	l.Turn(4 * time.Second)
}

// passesOn presses 2: somebody else shall take it.
func passesOn(l *outside.Line) {
	if l.Answer() {
		l.Wait(l.Between(2*time.Second, 4*time.Second))
		l.Press("2")
		l.Wait(10 * time.Second)
	}
}

// answeredByMachine is an operator's voicemail: it picks up, talks, and never presses a key.
func answeredByMachine(l *outside.Line) {
	if l.Answer() {
		l.Say(line("network", voicemail))
		l.Wait(30 * time.Second) // it records the silence
	}
}

// isSwitchedOff is what a network says instead of ringing.
func isSwitchedOff(l *outside.Line) {
	l.Wait(l.Between(time.Second, 2*time.Second))
	l.Announce(line("network", switchedOff))
	l.Refuse(cause.Unreachable)
}

// desk is what happens when a person's SIP phone rings. Nobody presses keys there: picking up is enough.
func (d *Demo) desk(e fmc.Employee) outside.Habit {
	return func(l *outside.Line) {
		l.Ring()
		l.Wait(l.Between(time.Second, 3*time.Second))
		switch chance := l.Chance.IntN(10); {
		case chance == 0:
			l.Wait(time.Minute) // out for a coffee
		case !l.Answer():
		case len(l.Seen().Other) <= longestExtension:
			l.Say(line(string(e.ID), insideGreeting(e)))
			l.Turn(4 * time.Second)
		default:
			d.serves(l, e)
		}
	}
}

// longestExtension tells colleagues from clients by what is shown of them.
const longestExtension = 4

// callsOut is what a person says to a client whom they call; chats what they say to a colleague.
func (d *Demo) callsOut(e fmc.Employee) outside.Habit {
	return func(l *outside.Line) {
		if !l.Answered(l.Between(18*time.Second, 25*time.Second)) {
			return
		}
		for _, errand := range errands {
			l.Turn(6 * time.Second)
			l.Say(line(string(e.ID), errand))
		}
		l.Turn(2 * time.Second)
	}
}

func (d *Demo) chats(e fmc.Employee) outside.Habit {
	return func(l *outside.Line) {
		if l.Answered(20 * time.Second) {
			l.Turn(4 * time.Second)
			l.Say(line(string(e.ID), insideGreeting(e)))
			l.Turn(2 * time.Second)
		}
	}
}
