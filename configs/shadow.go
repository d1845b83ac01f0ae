package configs

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// shadow reads when and how far the company's cards try each other at night.
func (r *companyReader) shadow(n *yaml.Node) {
	s := &r.c.Rules.Shadow
	budget := func(key string, into *int) field {
		return func(n *yaml.Node) { *into = r.number(n, key, 1, 10000) }
	}
	r.fields(n, "shadow", map[string]field{
		"window":  func(n *yaml.Node) { s.From, s.Until = r.window(n) },
		"minutes": budget("minutes", &s.Minutes), "messages": budget("messages", &s.Messages),
		"card_minutes": budget("card_minutes", &s.CardMinutes), "card_messages": budget("card_messages", &s.CardMessages),
		"calls": func(n *yaml.Node) { s.WithoutCalls = !r.yes(n, "calls") },
		"texts": func(n *yaml.Node) { s.WithoutTexts = !r.yes(n, "texts") },
		"cards": func(n *yaml.Node) { r.list(n, "cards", func(n *yaml.Node) { s.Cards = append(s.Cards, r.ownCard(n)) }) },
	})
	r.require(n, "shadow", "window", "when they do, such as \"window: 02:00-05:00\"")
	if s.WithoutCalls && s.WithoutTexts {
		r.fail(n, "shadow: neither calls nor texts: remove one of the two, or \"shadow\" as a whole")
	}
	if len(s.Cards) == 1 {
		r.fail(n, "cards: one card alone has nobody to call: name at least two, or remove \"cards\"")
	}
}

// ownCard reads a card that must stand under sims.
func (r *companyReader) ownCard(n *yaml.Node) fmc.ICCID {
	id := r.iccid(n)
	r.later = append(r.later, func() {
		if _, ok := r.c.SIM(id); !ok && id != "" {
			r.fail(n, "cards: the SIM %s does not stand under \"sims\": add it there", id)
		}
	})
	return id
}

// window reads a time of every day, "02:00-05:00"; one that ends earlier than it begins ends on the next day.
func (r *companyReader) window(n *yaml.Node) (from, until time.Duration) {
	a, b, _ := strings.Cut(n.Value, "-")
	begin, ok1 := minuteOf(strings.TrimSpace(a))
	end, ok2 := minuteOf(strings.TrimSpace(b))
	if n.Kind != yaml.ScalarNode || !ok1 || !ok2 || begin == end || begin == 24*60 {
		r.fail(n, "window: %q: write a time of the night such as \"02:00-05:00\"; one that ends earlier than it begins ends on the next day", n.Value)
		return 0, 0
	}
	return time.Duration(begin) * time.Minute, time.Duration(end) * time.Minute
}
