package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/fmc"
)

// Words is the plan in English, a line each: how it is recorded; its nodes by their number, a device of a Ring on a
// line of its own; and why.
func (p Plan) Words() []string {
	lines := []string{p.Recording.words()}
	if p.Caller != nil {
		lines = append(lines, "the caller is "+string(p.Caller.Employee)+", known "+proofWords[p.Caller.By])
	}
	if m := p.Mode; m != nil {
		lines = append(lines, "from now on "+string(m.Employee)+" "+m.In(m.Until.Location()))
	}
	for _, a := range p.Alerts {
		lines = append(lines, "alert, "+strings.ReplaceAll(a.Kind, "_", " ")+": "+a.Text)
	}
	for i, n := range p.Nodes {
		for j, l := range n.words() {
			if j == 0 {
				l = fmt.Sprintf("%2d %s", i, l)
			} else {
				l = "     " + l
			}
			lines = append(lines, l)
		}
	}
	if len(p.Because) > 0 {
		lines = append(lines, "because")
	}
	for _, r := range p.Because {
		lines = append(lines, "   "+r.String())
	}
	return lines
}

// String is Words as one text.
func (p Plan) String() string { return strings.Join(p.Words(), "\n") + "\n" }

// String is the reason as a person reads it: "busy ivanov: ivanov is in a call".
func (r Reason) String() string {
	head := r.Topic
	if r.About != "" {
		head += " " + r.About
	}
	return head + ": " + r.Text
}

// proofWords is how a person is known, in words.
var proofWords = map[fmc.Assurance]string{
	fmc.ByNumber: "by their mobile's number", fmc.ByPIN: "by their PIN", fmc.ByCallBack: "by having answered on their own mobile",
	fmc.ByAccount: "by their phone's account",
}

func (p Policy) words() string {
	if !p.Record {
		return "not recorded: " + p.Why
	}
	w := "recorded"
	if p.FailClosed {
		w = "recorded or not connected"
	}
	w += ", notice " + string(p.Notice)
	if p.Refusal != "" {
		w += ", which a client may refuse by key " + p.Refusal
	}
	switch p.Pause {
	case 0:
		w += ", never paused"
	case untilResumed, defaultPause:
	default:
		w += ", paused for at most " + brief(p.Pause)
	}
	return w + ": " + p.Why
}

func (n Node) words() []string {
	switch n.Do {
	case Say:
		return []string{n.sayWords() + n.ways(Done, "then")}
	case Gather:
		return []string{n.gatherWords()}
	case Ring:
		return n.ringWords()
	case Talk:
		room := ""
		if n.Conference != "" {
			room = " in conference " + string(n.Conference)
		}
		return []string{"talk" + room + n.upTo() + n.ways(Done, "after a hang-up")}
	case Wait:
		return []string{"wait in the line of " + string(n.Group) + n.upTo() + " with music " + string(n.Say) + n.ways(Done, "its turn came")}
	case Mail:
		if n.Prompt != "" {
			return []string{"say " + string(n.Say) + " and record prompt " + string(n.Prompt) + " of " + string(n.Person) + n.upTo() + n.ways(Done, "then")}
		}
		return []string{"greet with " + string(n.Say) + " and take a message for " + whom(n.Group, n.Person) + n.upTo() + n.ways(Done, "then")}
	case Park:
		return []string{"park in slot " + string(n.Slot) + n.upTo() + n.ways(Won, "fetched")}
	case Give:
		return []string{"hand the caller over: " + n.giftWords() + n.ways(Done, "then")}
	case Ask:
		return []string{"ask " + n.Query.words()}
	case End:
		return []string{n.endWords()}
	}
	return []string{n.Do.String()}
}

func (n Node) endWords() string {
	w := "end as the last attempt came out"
	if n.Cause != nil {
		w = "end, " + n.Cause.String() + ": " + n.Cause.Text
	}
	return w + n.Then.words()
}

// words is the call that follows, or nothing.
func (t *Then) words() string {
	if t == nil {
		return ""
	}
	w := "; then call " + string(t.Employee) + " back"
	if t.After > 0 {
		w += " after " + brief(t.After)
	}
	if t.Digits != "" {
		w += " and connect them with " + t.Digits
	}
	return w
}

func (n Node) sayWords() string {
	s := "say " + string(n.Say)
	switch n.To {
	case ToOthers:
		s += " to those called"
	case ToAll:
		s += " to all"
	case ToSubject:
	}
	if n.Notice {
		s += ", the recording notice"
	}
	if n.Early {
		s += ", without answering"
	}
	return s
}

func (n Node) gatherWords() string {
	s := "menu " + string(n.Say) + ", " + brief(n.For) + " for a key"
	if n.Secret {
		s += ", kept secret"
	}
	var ways []string
	for _, k := range slices.Sorted(maps.Keys(n.Keys)) {
		ways = append(ways, k+" → "+strconv.Itoa(n.Keys[k]))
	}
	if to, ok := n.On[Done]; ok {
		most := ""
		if n.Most > 0 {
			most = fmt.Sprintf(", at most %d", n.Most)
		}
		ways = append(ways, fmt.Sprintf("other keys%s → %d", most, to))
	}
	if to, ok := n.On[TimedOut]; ok {
		ways = append(ways, fmt.Sprintf("nothing → %d", to))
	}
	return s + tellWays(ways)
}

func (n Node) ringWords() []string {
	head := "ring"
	if n.Group != "" || n.Person != "" && n.Rings(n.Person) { // outside it rings for who calls
		head += " for " + whom(n.Group, n.Person)
	}
	head += n.upTo()
	if n.Answer {
		head += ", then the caller is answered"
	}
	head += n.ways(Won, "taken")
	if _, ok := n.On[NoAnswer]; !ok {
		head += "; else it ends as it came out"
	}
	words := []string{head}
	for _, t := range n.Tries {
		words = append(words, t.words())
	}
	return words
}

func (t Try) words() string {
	s := string(t.Device)
	if !t.Number.IsZero() {
		s += " " + t.Number.String()
	}
	if t.After > 0 {
		s += " after " + brief(t.After)
	} else {
		s += " at once"
	}
	s += " for " + brief(t.For)
	if t.Confirm {
		s += ", must press 1"
	}
	if t.Text != "" {
		s += fmt.Sprintf(", on a SIM with the text %q", t.Text)
	}
	for i, c := range t.Lines {
		if i == 0 {
			s += ", over "
		} else {
			s += ", else over "
		}
		s += string(c.Line) + " showing " + shownWords(c.Shown)
	}
	return s
}

func shownWords(s callerid.Shown) string {
	if s.From.IsZero() {
		return "nothing"
	}
	w := s.From.String()
	if s.Display != "" {
		w += fmt.Sprintf(" %q", s.Display)
	}
	if !s.Diversion.IsZero() {
		w += " diverted by " + s.Diversion.String()
	}
	return w
}

func (n Node) giftWords() string {
	switch {
	case n.Gift == fmc.Anew:
		return "a call of its own " + n.Query.words()
	case n.Query.What == AskJoin:
		return n.Gift.String() + " conference " + string(n.Query.Conference)
	case !n.Whom.IsZero():
		return n.Gift.String() + " the call of leg " + n.Whom.String()
	case n.Query.Slot != "":
		return n.Gift.String() + " the call parked in slot " + string(n.Query.Slot)
	default:
		return n.Gift.String() + " the call that rings for " + whom(n.Query.Group, n.Query.Employee)
	}
}

func (q Query) words() string {
	switch q.What {
	case AskGroup:
		return "for group " + string(q.Group) + q.again()
	case AskPerson:
		return "for " + string(q.Employee)
	case AskExtension:
		return "for the extension that was keyed"
	case AskScenario:
		return "what scenario " + string(q.Scenario) + " does" + q.again()
	case AskOut:
		if q.Digits != "" {
			return "to call " + q.Digits
		}
		return "to call the number that was keyed"
	case AskWho:
		return "for the PIN of whose extension was keyed"
	case AskPIN:
		return "whether the PIN is right" + q.again()
	case AskJoin:
		return "for conference " + string(q.Conference)
	case AskMail:
		return "for the messages of " + string(q.Employee)
	case AskRescue:
		return "how to bring back who was lost"
	case AskRecall:
		return "who parked the call in slot " + string(q.Slot)
	case AskStart, AskConsult, AskTransfer, AskPark, AskMove, AskPickUp, AskRetrieve, AskRecord, queries:
	}
	return "how to go on: " + q.What.String()
}

func (q Query) again() string {
	if q.Round == 0 {
		return ""
	}
	return fmt.Sprintf(", round %d", q.Round+1)
}

// ways tells where the node's outcomes lead; first is the good one, said in words of its own.
func (n Node) ways(first Outcome, said string) string {
	var ways []string
	if to, ok := n.On[first]; ok {
		ways = append(ways, said+" → "+strconv.Itoa(to))
	}
	told := map[int]bool{}
	for o := Done; o < outcomes; o++ {
		to, ok := n.On[o]
		if !ok || o == first || told[to] {
			continue
		}
		told[to] = true
		names := []string{}
		for same := o; same < outcomes; same++ {
			if at, ok := n.On[same]; ok && at == to && same != first {
				names = append(names, strings.ReplaceAll(same.String(), "_", " "))
			}
		}
		ways = append(ways, strings.Join(names, ", ")+" → "+strconv.Itoa(to))
	}
	return tellWays(ways)
}

func tellWays(ways []string) string {
	if len(ways) == 0 {
		return ""
	}
	return ": " + strings.Join(ways, "; ")
}

func (n Node) upTo() string {
	if n.For <= 0 {
		return ""
	}
	return ", at most " + brief(n.For)
}

func whom(g fmc.GroupID, e fmc.EmployeeID) string {
	if g != "" {
		return string(g)
	}
	return string(e)
}

// brief is a duration without the zeros that time.Duration writes: "5m", "1h30m", "25s".
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
