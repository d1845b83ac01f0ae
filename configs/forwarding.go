package configs

import (
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/callerid"
	"roadline/fmc"
)

// forward reads where the calls go that a card cannot take; {} means nowhere.
func (r *companyReader) forward(n *yaml.Node, what string) fmc.Forwarding {
	wish := fmc.Forwarding{}
	after := fmc.ForwardUsually
	to := func(why fmc.ForwardReason) field {
		return func(n *yaml.Node) { wish[why] = fmc.Forward{To: r.ownTrunkNumber(n, string(why)).E164} }
	}
	r.fields(n, what, map[string]field{
		"busy": to(fmc.ForwardBusy), "no_reply": to(fmc.ForwardNoReply), "unreachable": to(fmc.ForwardUnreachable),
		"after": func(n *yaml.Node) {
			after = r.duration(n, "after", fmc.ForwardSoonest, fmc.ForwardLatest)
			if after%fmc.ForwardStep != 0 {
				r.fail(n, "after: %s: networks know steps of %s: write 5s, 10s, 15s, 20s, 25s or 30s", n.Value, short(fmc.ForwardStep))
			}
		},
	})
	if f, ok := wish[fmc.ForwardNoReply]; ok {
		f.After = after
		wish[fmc.ForwardNoReply] = f
	} else if n.Kind == yaml.MappingNode && len(only(n, "after").Content) > 0 {
		r.fail(n, "%s: \"after\" is for \"no_reply\": write where calls go that nobody takes, or remove it", what)
	}
	return wish
}

// ownTrunkNumber reads a number that must stand under numbers, on a trunk: a card takes one call at a time, and what another card
// cannot take either would go in circles.
func (r *companyReader) ownTrunkNumber(n *yaml.Node, what string) callerid.Number {
	number := r.e164(n, what)
	r.later = append(r.later, func() {
		x, ok := r.c.NumberOf(number.E164)
		switch {
		case number.E164 == "":
		case !ok:
			r.fail(n, "%s: %s is no number of the company: calls of its cards go to its own numbers only: write one that stands under \"numbers\"", what, number)
		case x.Trunk == "":
			r.fail(n, "%s: %s is on a SIM, which takes one call at a time: write a number that is on a trunk", what, number)
		}
	})
	return number
}

// forwardsWell checks, when everything was read, that what a card forwards does not stand in the way of what its number is
// for.
func (r *companyReader) forwardsWell(n *yaml.Node, id fmc.ICCID) {
	r.later = append(r.later, func() {
		s, ok := r.c.SIM(id)
		if !ok {
			return
		}
		wish, _ := r.c.Wishes(s)
		if wish[fmc.ForwardBusy].To != "" && r.c.CalledBack(id) {
			r.fail(n, "forward: people ring %s to be called back, and a call that is refused counts as busy: its network would forward the caller: remove \"busy\" of this card", s.Number)
		}
		if f := wish[fmc.ForwardNoReply]; f.To != "" {
			if within := r.answerWithin(s); f.After < within+fmc.ForwardMargin {
				r.fail(n, "forward: calls to %s may ring for %s before we answer, but its network takes them away after %s: write an \"after\" that is at least %s longer, or a shorter \"answer_within\" at the number",
					s.Number, short(within), short(f.After), short(fmc.ForwardMargin))
			}
		}
	})
}

// answerWithin is how long a call to a card may ring before we answer: one that rings a person, until they took it.
func (r *companyReader) answerWithin(s *fmc.SIM) time.Duration {
	x, ok := r.c.NumberOf(s.Number.E164)
	switch {
	case !ok, x.Scenario != "", x.Owner == "" && len(r.c.Groups) > 0:
		return 0
	case x.AnswerWithin > 0:
		return x.AnswerWithin
	}
	return fmc.AnswerTime
}

// standsFor reads the card whose calls come by a number.
func (r *companyReader) standsFor(n *yaml.Node) fmc.ICCID {
	id := r.iccid(n)
	r.later = append(r.later, func() {
		if _, ok := r.c.SIM(id); !ok && id != "" {
			r.fail(n, "stands_for: the SIM %s does not stand under \"sims\": add it there", id)
		}
		if slices.ContainsFunc(r.c.Numbers, func(x fmc.Number) bool { return x.StandsFor == id && x.Trunk == "" }) {
			r.fail(n, "stands_for: a number on a SIM stands for that SIM: write it at a number that is on a trunk")
		}
	})
	return id
}

// Forward is a card's entry in the company's file for where its calls go that it cannot take; nil: as the company has it.
func Forward(card fmc.ICCID, wish fmc.Forwarding) Change {
	c := Change{Place: []string{"sims", string(card), "forward"}}
	if wish == nil {
		return c
	}
	pairs := Pairs{}
	for _, why := range slices.Sorted(maps.Keys(wish)) {
		if f := wish[why]; f.To != "" {
			pairs = append(pairs, Pair{string(why), Text(f.To)})
			if f.After != 0 {
				pairs = append(pairs, Pair{"after", Word(short(f.After))})
			}
		}
	}
	c.Value = pairs
	return c
}
