package call

import (
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/plan"
)

// Verdict is how one of a company's own tests came out.
type Verdict struct {
	Test   fmc.Test
	Failed []string // sentences; none: it passed
	Rehearsal
}

// Judge rehearses one of a company's own tests. Whoever should be reached picks up at once and confirms, everybody else
// lets it ring; each prompt lasts three seconds.
func Judge(c *fmc.Company, w plan.World, t fmc.Test) Verdict {
	s := Supposed{Keys: t.Keys, Answers: []string{"outside"}}
	x := t.Expect
	switch x.Reaches {
	case "voicemail", "outside":
	case "":
		for _, e := range c.Employees {
			s.Answers = append(s.Answers, string(e.ID))
		}
	default:
		s.Answers = append(s.Answers, x.Reaches)
	}
	v := Verdict{Test: t}
	script, err := s.Script(c)
	if err != nil {
		v.Failed = []string{err.Error()}
		return v
	}
	v.Rehearsal = Rehearse(c, w, requestOf(c, t), t.At, script)
	v.judge(c)
	return v
}

func (v *Verdict) fail(sentence string) { v.Failed = append(v.Failed, sentence) }

func (v *Verdict) judge(c *fmc.Company) {
	x := v.Test.Expect
	refused := v.Record.Status == fmc.StatusRefused
	switch {
	case x.Refused == nil || *x.Refused == refused:
	case refused:
		v.fail("it is refused: " + v.Record.Cause.Text)
	default:
		v.fail("it is not refused: it comes out as " + string(v.Record.Status))
	}
	reached, at := v.reached(c)
	switch {
	case x.Reaches == "" && x.Within == 0:
	case x.Reaches != "" && !reached:
		v.fail("it does not reach " + x.Reaches + ": it comes out as " + string(v.Record.Status) + v.instead())
	case x.Within > 0 && at == 0:
		v.fail("it reaches nobody within " + x.Within.String())
	case x.Within > 0 && at > x.Within:
		v.fail("it takes " + at.Round(100*time.Millisecond).String() + ", longer than " + x.Within.String())
	}
	switch recorded := v.recorded(); {
	case x.Recorded == nil || *x.Recorded == recorded:
	case recorded:
		v.fail("it is recorded: " + v.policy())
	default:
		v.fail("it is not recorded: " + v.policy())
	}
	if !x.Shows.IsZero() {
		v.shows(x.Shows)
	}
}

// reached reports whether the call came to whom the test wants, and when they could speak.
func (v *Verdict) reached(c *fmc.Company) (bool, time.Duration) {
	talked, r := v.Record.Times.Answered, v.Record
	switch want := v.Test.Expect.Reaches; want {
	case "":
		return talked > 0, talked
	case "voicemail":
		if len(r.Mail) == 0 {
			return false, 0
		}
		return true, r.Mail[0].From
	case "outside":
		return talked > 0 && slices.ContainsFunc(v.Rings, func(r Rang) bool { return r.Device == fmc.Outside }), talked
	default:
		who := v.talker()
		inGroup := slices.ContainsFunc(c.Members(fmc.GroupID(want)), func(e *fmc.Employee) bool { return e.ID == who })
		return talked > 0 && (who == fmc.EmployeeID(want) || inGroup), talked
	}
}

// talker is the person who was rung and talked.
func (v *Verdict) talker() fmc.EmployeeID {
	for _, l := range v.Record.Legs {
		if !l.Offered && l.Up > 0 && l.Employee != "" && (!l.Confirm || l.Assent == fmc.Granted) {
			return l.Employee
		}
	}
	return ""
}

// instead says who was reached in place of whom the test wants.
func (v *Verdict) instead() string {
	switch {
	case len(v.Record.Mail) > 0:
		return ", the caller leaves a message"
	case v.talker() != "":
		return " by " + string(v.talker())
	case v.Record.Cause.Text != "":
		return ": " + v.Record.Cause.Text
	default:
		return ""
	}
}

func (v *Verdict) recorded() bool {
	return slices.ContainsFunc(v.Record.Recording.Spans, func(s fmc.RecordingSpan) bool { return s.Kind == fmc.SpanTalk || s.Kind == fmc.SpanMail })
}

// policy is why the call is recorded or not, in the last plan's words.
func (v *Verdict) policy() string {
	if len(v.Plans) == 0 {
		return "nothing was decided"
	}
	return v.Plans[len(v.Plans)-1].Recording.Why
}

// shows looks at what the far side sees: of who talked, else of who was rung last.
func (v *Verdict) shows(want callerid.Number) {
	if len(v.Rings) == 0 {
		v.fail("nobody is called who could see " + want.String())
		return
	}
	seen := v.Rings[len(v.Rings)-1]
	for _, l := range v.Record.Legs {
		for _, r := range v.Rings {
			if r.Leg == l.Leg && l.Up > 0 {
				seen = r
			}
		}
	}
	if !seen.Shown.From.Same(want) {
		v.fail(string(seen.Device) + " sees " + seen.Shown.From.String() + ", not " + want.String())
	}
}
