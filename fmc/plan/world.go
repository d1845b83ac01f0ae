package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// The topics of the reasons that hold a live answer. With About they name the question, for Replay.
const (
	topicBusy     = "busy"
	topicLines    = "lines"
	topicLastWith = "last with"
	topicIdle     = "idle"
	topicTurn     = "turn"
	topicWaiting  = "waiting"
	topicInUse    = "in use"
	topicCaller   = "caller"
	topicPIN      = "pin"
	topicTalking  = "talking"
	topicIn       = "conference"
	topicMessages = "messages"
	topicMode     = "mode"
)

// lastTalk is the answer to LastWith.
type lastTalk struct {
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Ago      time.Duration  `json:"ago,omitempty"`
}

// witness asks the World each question once, so that one decision rests on one answer, and notes every answer whole.
type witness struct {
	world   World
	because []Reason
	busy    map[fmc.EmployeeID]bool
	idle    map[fmc.EmployeeID]time.Duration
	lines   map[fmc.DeviceID][]fmc.LineState
	inUse   map[fmc.LimitID]int
	waiting map[fmc.GroupID]int
	turn    map[fmc.GroupID]fmc.EmployeeID
	last    *lastTalk
	callers map[fmc.EmployeeID]fmc.Caller
	pins    map[fmc.EmployeeID]fmc.PINVerdict
	talking map[fmc.EmployeeID][]fmc.LegID
	in      map[fmc.ConferenceID]int
	mail    map[fmc.EmployeeID][]fmc.NewMail
	modes   map[fmc.EmployeeID]fmc.Mode
	zone    *time.Location // in which times are told; nil: UTC
	seen    []seenLines
}

// mostSeen is how many answers about lines are kept to compare with: mobiles share the trunks, so that most are equal.
const mostSeen = 4

// seenLines is an answer about lines with its JSON.
type seenLines struct {
	lines   []fmc.LineState
	encoded json.RawMessage
	text    string
}

// remember returns the answer to a question that was asked before.
func remember[K comparable, V any](memory *map[K]V, key K, ask func(K) V, note func(V)) V {
	if v, ok := (*memory)[key]; ok {
		return v
	}
	v := ask(key)
	if *memory == nil {
		*memory = make(map[K]V)
	}
	(*memory)[key] = v
	note(v)
	return v
}

func (w *witness) note(topic, about, text string, answer json.RawMessage) {
	w.because = append(w.because, Reason{Topic: topic, About: about, Text: text, Answer: answer})
}

func (w *witness) Busy(id fmc.EmployeeID) bool {
	return remember(&w.busy, id, w.world.Busy, func(busy bool) {
		text := string(id) + " is free"
		if busy {
			text = string(id) + " is in a call"
		}
		w.note(topicBusy, string(id), text, strconv.AppendBool(nil, busy))
	})
}

func (w *witness) Lines(id fmc.DeviceID) []fmc.LineState {
	return remember(&w.lines, id, w.world.Lines, func(lines []fmc.LineState) {
		seen := w.look(lines)
		w.note(topicLines, string(id), seen.text, seen.encoded)
	})
}

// look returns what was made of an equal answer, or makes it.
func (w *witness) look(lines []fmc.LineState) seenLines {
	for _, s := range w.seen {
		if slices.EqualFunc(lines, s.lines, sameLine) {
			return s
		}
	}
	s := seenLines{lines, encode(lines), tellLines(lines)}
	if len(w.seen) < mostSeen {
		w.seen = append(w.seen, s)
	}
	return s
}

func (w *witness) LastWith(caller callerid.Number) (fmc.EmployeeID, time.Duration) {
	if w.last == nil {
		who, ago := w.world.LastWith(caller)
		w.last = &lastTalk{who, ago}
		text := "nobody of the company talked with the caller before"
		if who != "" {
			text = fmt.Sprintf("%s talked with the caller %s ago", who, ago.Round(time.Second))
		}
		w.note(topicLastWith, caller.E164, text, encode(w.last))
	}
	return w.last.Employee, w.last.Ago
}

func (w *witness) IdleSince(id fmc.EmployeeID) time.Duration {
	return remember(&w.idle, id, w.world.IdleSince, func(ago time.Duration) {
		w.note(topicIdle, string(id), string(id)+"'s last call ended "+ago.Round(time.Second).String()+" ago", strconv.AppendInt(nil, int64(ago), 10))
	})
}

func (w *witness) Turn(id fmc.GroupID) fmc.EmployeeID {
	return remember(&w.turn, id, w.world.Turn, func(who fmc.EmployeeID) {
		text := "nobody was rung in turn yet"
		if who != "" {
			text = string(who) + " was rung last in turn"
		}
		w.note(topicTurn, string(id), text, encode(who))
	})
}

func (w *witness) Waiting(id fmc.GroupID) int {
	return remember(&w.waiting, id, w.world.Waiting, func(n int) {
		w.note(topicWaiting, string(id), strconv.Itoa(n)+" other calls stand in the line", strconv.AppendInt(nil, int64(n), 10))
	})
}

func (w *witness) InUse(id fmc.LimitID) int {
	return remember(&w.inUse, id, w.world.InUse, func(n int) {
		w.note(topicInUse, string(id), strconv.Itoa(n)+" in use", strconv.AppendInt(nil, int64(n), 10))
	})
}

func (w *witness) Caller(who fmc.EmployeeID, from, to callerid.Number) fmc.Caller {
	ask := func(id fmc.EmployeeID) fmc.Caller { return w.world.Caller(id, from, to) }
	return remember(&w.callers, who, ask, func(c fmc.Caller) {
		w.note(topicCaller, string(who), fmt.Sprintf("%s called outside %d times today, %s in all", who, c.Spent.Calls, c.Spent.Talk.Round(time.Second)), encode(c))
	})
}

func (w *witness) CheckPIN(t fmc.PINTry) fmc.PINVerdict {
	ask := func(fmc.EmployeeID) fmc.PINVerdict { return w.world.CheckPIN(t) }
	return remember(&w.pins, t.Employee, ask, func(v fmc.PINVerdict) {
		w.note(topicPIN, string(t.Employee), "the PIN is "+string(v), encode(v))
	})
}

func (w *witness) Talking(who fmc.EmployeeID) []fmc.LegID {
	return remember(&w.talking, who, w.world.Talking, func(legs []fmc.LegID) {
		w.note(topicTalking, string(who), fmt.Sprintf("%s talks in %d calls", who, len(legs)), encode(legs))
	})
}

func (w *witness) In(id fmc.ConferenceID) int {
	return remember(&w.in, id, w.world.In, func(n int) {
		w.note(topicIn, string(id), strconv.Itoa(n)+" are in the conference", strconv.AppendInt(nil, int64(n), 10))
	})
}

func (w *witness) Messages(who fmc.EmployeeID) []fmc.NewMail {
	return remember(&w.mail, who, w.world.Messages, func(all []fmc.NewMail) {
		w.note(topicMessages, string(who), strconv.Itoa(len(all))+" new messages", encode(all))
	})
}

// Mode is noted where it is not the usual one: what is usual says nothing, and plans of a time before there were modes
// are decided again to the same bytes.
func (w *witness) Mode(who fmc.EmployeeID) fmc.Mode {
	return remember(&w.modes, who, w.world.Mode, func(m fmc.Mode) {
		if m.Kind != fmc.Available {
			w.note(topicMode, string(who), string(who)+" "+m.In(w.zone), encode(m))
		}
	})
}

// encode is json.Marshal of a value that always marshals; an error is our own and reads as null.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

// tellLines says in one sentence which lines may serve and which may not.
func tellLines(lines []fmc.LineState) string {
	if len(lines) == 0 {
		return "no line reaches it"
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(string(l.ID))
		if l.Ready {
			b.WriteString(" is ready")
			continue
		}
		b.WriteString(" is not ready")
		if l.Why != "" {
			b.WriteString(": " + l.Why)
		}
	}
	return b.String()
}

// sameLine is equality of line states; the slice in their Form and the pointer to a SIM's part keep == from it.
func sameLine(a, b fmc.LineState) bool {
	f, g := a.Form, b.Form
	return a.ID == b.ID && a.Kind == b.Kind && a.Trunk == b.Trunk && a.Ready == b.Ready && a.Why == b.Why && a.Free == b.Free &&
		f.Country == g.Country && f.Called == g.Called && f.Caller == g.Caller && f.Reads == g.Reads &&
		slices.Equal(f.Sources, g.Sources) && f.Carry == g.Carry && f.Diverted == g.Diverted && f.Privacy == g.Privacy && f.Native == g.Native && f.Fallback == g.Fallback &&
		(a.SIM == b.SIM || a.SIM != nil && b.SIM != nil && *a.SIM == *b.SIM)
}
