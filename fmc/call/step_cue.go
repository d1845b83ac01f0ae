package call

import (
	"strings"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// The sounds that the call itself gives a person, as the house's library names them.
const (
	cueBeep     fmc.PromptID = "beep"
	cueSoftBeep fmc.PromptID = "soft-beep"
	cueError    fmc.PromptID = "error"
	cueOnHold   fmc.PromptID = "hold-reminder"

	sayPaused   fmc.PromptID = "recording-paused"
	sayResumed  fmc.PromptID = "recording-resumed"
	sayRefused  fmc.PromptID = "recording-refused"
	sayMoved    fmc.PromptID = "moved"
	sayParked   fmc.PromptID = "parked-in" // and the slot
	sayTimeIsUp fmc.PromptID = "time-is-up"
	sayStar     fmc.PromptID = "press-star-longer"
)

// messagePrompt begins the prompts that are messages somebody left: fmc.NewMail.
const messagePrompt = "message/"

// cue has a leg hear a short sound above its conversation. A later one takes the place of the one before.
func (l *life) cue(id fmc.LegID, say fmc.PromptID) {
	p := l.party(id)
	if p.Link != fmc.Up || p.Part != nil || l.End != nil {
		return
	}
	l.Cues++
	p.Cue = Cue{Say: say, Serial: l.Cues, Due: l.Now + cueTime}
}

// expireCues ends cues whose end nobody reported, and reminds who has somebody on hold.
func (l *life) expireCues() {
	for i := range l.Parties {
		p := &l.Parties[i]
		if p.Cue.Due > 0 && p.Cue.Due <= l.Now {
			p.Cue = Cue{}
		}
		switch {
		case p.Remind == 0 || p.Remind > l.Now:
		case l.holds(p.Leg):
			p.Remind = l.Now + remindTime
			l.cue(p.Leg, cueOnHold)
		default:
			p.Remind = 0
		}
	}
}

// speakers are the legs of a thread's talk.
func (l *life) speakers(t Thread) []fmc.LegID {
	if t.Subject.IsZero() {
		return t.With
	}
	return append([]fmc.LegID{t.Subject}, t.With...)
}

// tellSlot lets whoever parked a party go when it is known what comes of it: where it stands they are told.
func (l *life) tellSlot(ti int, n plan.Node) {
	t := &l.Threads[ti]
	if t.Errand != Serve || t.By.IsZero() || n.Do == plan.Ask {
		return
	}
	if n.Do == plan.Park {
		l.dismiss(t.By, sayParked+"+digits/"+fmc.PromptID(n.Slot), cause.Of(cause.Hangup))
	}
	t.By = fmc.LegID{}
}

// listened notes the messages in a prompt that a person heard to its end.
func (l *life) listened(ti int, e Played) {
	t := l.Threads[ti]
	p := l.party(e.Asked.Leg)
	if e.Missing || p.Role != fmc.Worker || p.Who.Employee == "" || t.Node().Do != plan.Say && t.Node().Do != plan.Gather {
		return
	}
	for part := range strings.SplitSeq(string(t.Node().Say), "+") {
		if strings.HasPrefix(part, messagePrompt) {
			l.note(fmc.Listened{Leg: p.Leg, Employee: p.Who.Employee, Prompt: fmc.PromptID(part)})
		}
	}
}
