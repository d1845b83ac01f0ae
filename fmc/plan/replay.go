package plan

import (
	"encoding/json"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// Replayed is a World that gives the answers a plan rested on, so that a stored call can be decided again.
type Replayed struct {
	answers map[question]json.RawMessage
	// Unanswered are the questions that the plan's reasons do not answer, as "topic about": the rules changed since, and
	// the answers given for them are zero.
	Unanswered []string
}

// question is what Topic and About of a Reason name.
type question struct{ topic, about string }

// Replay returns the World of a plan's reasons.
func Replay(because []Reason) *Replayed {
	r := &Replayed{answers: make(map[question]json.RawMessage)}
	for _, reason := range because {
		if reason.Answer != nil {
			r.answers[question{reason.Topic, reason.About}] = reason.Answer
		}
	}
	return r
}

var _ World = (*Replayed)(nil)

// answer reads the noted answer to a question; the zero value where there is none that this build can read.
func answer[T any](r *Replayed, topic, about string) T {
	var v, zero T
	raw, ok := r.answers[question{topic, about}]
	if !ok || json.Unmarshal(raw, &v) != nil {
		r.Unanswered = append(r.Unanswered, topic+" "+about)
		return zero
	}
	return v
}

// Busy answers from the plan's reasons.
func (r *Replayed) Busy(id fmc.EmployeeID) bool { return answer[bool](r, topicBusy, string(id)) }

// Lines answers from the plan's reasons.
func (r *Replayed) Lines(id fmc.DeviceID) []fmc.LineState {
	return answer[[]fmc.LineState](r, topicLines, string(id))
}

// LastWith answers from the plan's reasons.
func (r *Replayed) LastWith(caller callerid.Number) (fmc.EmployeeID, time.Duration) {
	last := answer[lastTalk](r, topicLastWith, caller.E164)
	return last.Employee, last.Ago
}

// IdleSince answers from the plan's reasons.
func (r *Replayed) IdleSince(id fmc.EmployeeID) time.Duration {
	return answer[time.Duration](r, topicIdle, string(id))
}

// Turn answers from the plan's reasons.
func (r *Replayed) Turn(id fmc.GroupID) fmc.EmployeeID {
	return answer[fmc.EmployeeID](r, topicTurn, string(id))
}

// Waiting answers from the plan's reasons.
func (r *Replayed) Waiting(id fmc.GroupID) int { return answer[int](r, topicWaiting, string(id)) }

// Caller answers from the plan's reasons.
func (r *Replayed) Caller(who fmc.EmployeeID, _, _ callerid.Number) fmc.Caller {
	return answer[fmc.Caller](r, topicCaller, string(who))
}

// CheckPIN answers from the plan's reasons.
func (r *Replayed) CheckPIN(t fmc.PINTry) fmc.PINVerdict {
	return answer[fmc.PINVerdict](r, topicPIN, string(t.Employee))
}

// Talking answers from the plan's reasons.
func (r *Replayed) Talking(who fmc.EmployeeID) []fmc.LegID {
	return answer[[]fmc.LegID](r, topicTalking, string(who))
}

// In answers from the plan's reasons.
func (r *Replayed) In(id fmc.ConferenceID) int { return answer[int](r, topicIn, string(id)) }

// Messages answers from the plan's reasons.
func (r *Replayed) Messages(who fmc.EmployeeID) []fmc.NewMail {
	return answer[[]fmc.NewMail](r, topicMessages, string(who))
}

// Mode answers from the plan's reasons. The usual one is not noted.
func (r *Replayed) Mode(who fmc.EmployeeID) fmc.Mode {
	if _, noted := r.answers[question{topicMode, string(who)}]; !noted {
		return fmc.Mode{}
	}
	return answer[fmc.Mode](r, topicMode, string(who))
}

// InUse answers from the plan's reasons.
func (r *Replayed) InUse(id fmc.LimitID) int { return answer[int](r, topicInUse, string(id)) }
