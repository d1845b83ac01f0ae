package ladder

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"roadline/fmc"
)

// Quality is how a call sounded: the verdict first, then each leg.
type Quality struct {
	Verdict Say   `json:"verdict"`
	Grade   Grade `json:"grade"`
	Legs    []Leg `json:"legs"`
}

// Grade is how good it was, in a word.
type Grade string

// The grades.
const (
	Unknown Grade = "unknown"
	Good    Grade = "good"
	Fair    Grade = "fair"
	Poor    Grade = "poor"
)

// Leg is how one leg sounded.
type Leg struct {
	Leg    fmc.LegID        `json:"leg"`
	Who    string           `json:"who"`
	Codec  string           `json:"codec"`
	Whole  fmc.SoundFigures `json:"whole"`  // in all
	Points []Point          `json:"points"` // every five seconds
}

// Point is how a leg sounded in a stretch of time.
type Point struct {
	From      time.Duration `json:"from"` // on the call's clock
	To        time.Duration `json:"to"`
	Heard     Stream        `json:"heard"` // from the leg
	Sent      Stream        `json:"sent"`  // to it
	SignalDBm int           `json:"signal_dbm,omitempty"`
}

// Stream is one direction in a stretch of time.
type Stream struct {
	Packets uint64        `json:"packets"`
	Lost    uint64        `json:"lost"`
	Jitter  time.Duration `json:"jitter"`
	MOS     float64       `json:"mos"` // so far; 0: not known
}

// Loss is the share of packets that did not arrive.
func (s Stream) Loss() float64 {
	if s.Lost == 0 {
		return 0
	}
	return float64(s.Lost) / float64(s.Packets+s.Lost)
}

// What is heard as bad.
const (
	muchLoss  = 0.03 // of a stretch
	fairMOS   = 4.0  // below it a listener notices
	poorMOS   = 3.6  // below it many are dissatisfied, ITU-T G.107 annex B
	leastTalk = 3 * time.Second
)

// lossy reports a stretch that was bad, where enough passed to tell.
func (p Point) lossy() bool {
	bad := func(s Stream) bool { return s.Packets+s.Lost >= 50 && s.Loss() > muchLoss }
	return bad(p.Heard) || bad(p.Sent)
}

// between is what passed from one reading of a leg's figures to the next.
func between(was, is fmc.SoundFigures, from, to time.Duration) Point {
	stream := func(was, is fmc.SoundStream) Stream {
		s := Stream{Jitter: is.Jitter, MOS: is.MOS}
		if is.Packets >= was.Packets {
			s.Packets = is.Packets - was.Packets
		}
		if is.Lost > was.Lost {
			s.Lost = uint64(is.Lost - max(0, was.Lost)) //nolint:gosec // positive
		}
		return s
	}
	return Point{From: from, To: to, Heard: stream(was.Heard, is.Heard), Sent: stream(was.Sent, is.Sent), SignalDBm: is.SignalDBm}
}

// Listen says how a call sounded.
func Listen(s Story) Quality {
	b := builder{story: s}
	q := Quality{Grade: Unknown, Verdict: say("verdict_none"), Legs: b.heard()}
	talked := slices.ContainsFunc(s.Record.Legs, func(l fmc.LegRecord) bool { return len(l.Talked) > 0 })
	switch {
	case talked && len(q.Legs) == 0:
		q.Verdict = say("verdict_missing")
	case talked:
		q.Verdict, q.Grade = b.verdict(q.Legs)
	}
	return q
}

// heard are the figures of each leg, in the order of the record.
func (b *builder) heard() []Leg {
	var all []Leg
	for _, l := range b.story.Record.Legs {
		leg := Leg{Leg: l.Leg, Who: b.party(l.Leg)}
		from := l.Began
		for _, t := range b.story.Trace {
			if t.Kind != fmc.TraceSound || t.Leg != l.Leg || t.Sound == nil {
				continue
			}
			if t.At > from {
				leg.Points = append(leg.Points, between(leg.Whole, *t.Sound, from, t.At))
			}
			leg.Whole, leg.Codec, from = *t.Sound, cmp.Or(t.Sound.Codec, leg.Codec), t.At
		}
		if len(leg.Points) > 0 {
			all = append(all, leg)
		}
	}
	return all
}

// verdict is the worst that can be said.
func (b *builder) verdict(legs []Leg) (Say, Grade) {
	for _, l := range legs {
		if s, silent := b.silence(l); silent {
			return s, Poor
		}
	}
	for _, l := range legs {
		if s, lossy := loss(l); lossy {
			return s, Poor
		}
	}
	worst, where, who := 0.0, "", ""
	for _, l := range legs {
		for _, d := range []struct {
			mos   float64
			where string
		}{{l.Whole.Heard.MOS, "from"}, {l.Whole.Sent.MOS, "to"}} {
			if d.mos > 0 && (worst == 0 || d.mos < worst) {
				worst, where, who = d.mos, d.where, l.Who
			}
		}
	}
	mos := strconv.FormatFloat(worst, 'f', 1, 64)
	switch {
	case worst == 0:
		return say("verdict_good"), Good
	case worst < poorMOS:
		return say("verdict_poor_"+where, "mos", mos, "who", who), Poor
	case worst < fairMOS:
		return say("verdict_fair_"+where, "mos", mos, "who", who), Fair
	}
	return say("verdict_good", "mos", mos), Good
}

// silence finds the time in a conversation in which nothing came from a leg.
func (b *builder) silence(l Leg) (Say, bool) {
	var talked time.Duration
	from, to := time.Duration(-1), time.Duration(0)
	for _, p := range l.Points {
		in := b.conversed(l.Leg, p)
		if talked += in; in < leastTalk {
			continue
		}
		if p.Heard.Packets == 0 {
			if from < 0 {
				from = p.From
			}
			to = p.To
		} else if from >= 0 && to-from > leastTalk {
			return say("verdict_gap", "who", l.Who, "from", Clock(from), "to", Clock(to)), true
		} else {
			from = -1
		}
	}
	switch {
	case from < 0:
		return Say{}, false
	case l.Whole.Heard.Packets == 0:
		return say("verdict_no_sound", "who", l.Who), true
	}
	return say("verdict_one_way", "who", l.Who, "from", Clock(from)), true
}

// conversed is how much of a stretch a leg was in a conversation, and not on hold.
func (b *builder) conversed(leg fmc.LegID, p Point) time.Duration {
	sum := time.Duration(0)
	overlap := func(from, to time.Duration) time.Duration { return max(0, min(to, p.To)-max(from, p.From)) }
	for _, l := range b.story.Record.Legs {
		if l.Leg != leg {
			continue
		}
		for _, s := range l.Talked {
			to := s.To
			if to == 0 {
				to = p.To
			}
			sum += overlap(s.From, to)
		}
	}
	for _, s := range b.story.Record.Recording.Spans {
		if s.Kind == fmc.SpanHold && s.Leg == leg {
			sum -= overlap(s.From, s.To)
		}
	}
	return sum
}

// loss finds the worst stretch of a leg, where it is bad.
func loss(l Leg) (Say, bool) {
	var worst Point
	share, where := 0.0, ""
	for _, p := range l.Points {
		if !p.lossy() {
			continue
		}
		for _, d := range []struct {
			s     Stream
			where string
		}{{p.Heard, "from"}, {p.Sent, "to"}} {
			if d.s.Loss() > share {
				worst, share, where = p, d.s.Loss(), d.where
			}
		}
	}
	if where == "" {
		return Say{}, false
	}
	return say("verdict_loss_"+where, "loss", percent(share), "who", l.Who, "from", Clock(worst.From), "to", Clock(worst.To)), true
}

// Clock writes a time of the call: "0:04", "1:02:03".
func Clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
