package cabinet

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"roadline/cabinet/document"
	"roadline/cabinet/phrase"
	"roadline/store"
)

// tongueOf says in which language an answer is, and that another was to be had.
func tongueOf(set func(name, value string), name string) {
	set("Content-Language", name)
	set("Vary", "Accept-Language")
}

// inTongue says an answer in the language that its request asks for by Accept-Language. What programs decide by stays:
// only sentences are said.
func inTongue(ctx huma.Context, _ string, v any) (any, error) {
	l, name := phrase.Asked(ctx.Header("Accept-Language"))
	tongueOf(ctx.SetHeader, name)
	if l == nil {
		return v, nil
	}
	switch v := v.(type) {
	case *refusal:
		return &refusal{v.in(l)}, nil
	case CallDetail:
		return v.in(l), nil
	case []LineShown:
		return each(v, func(one LineShown) LineShown { return one.in(l) }), nil
	case LineServed:
		v.Line = v.Line.in(l)
		return v, nil
	case []SIMShown:
		return each(v, func(one SIMShown) SIMShown { return one.in(l) }), nil
	case SIMDetail:
		v.SIMShown = v.SIMShown.in(l)
		v.History = each(v.History, func(one store.SIMMoment) store.SIMMoment { one.Why = l.Text(one.Why); return one })
		return v, nil
	case document.Applied:
		v.Changes, v.Tests = each(v.Changes, l.Text), testsIn(l, v.Tests)
		return v, nil
	case document.Explained:
		return explainedIn(l, v), nil
	}
	return v, nil
}

// each is a list with every item made anew; nil stays nil.
func each[T any](all []T, say func(T) T) []T {
	all = slices.Clone(all)
	for i := range all {
		all[i] = say(all[i])
	}
	return all
}

func (p Problem) in(l *phrase.Language) Problem {
	p.Title, p.Detail = l.Text(p.Title), l.Text(p.Detail)
	p.Changes, p.Tests = each(p.Changes, l.Text), testsIn(l, p.Tests)
	return p
}

func (d CallDetail) in(l *phrase.Language) CallDetail {
	d.Why = l.Text(d.Why)
	d.Spans = each(d.Spans, func(s SpanShown) SpanShown { s.Why = l.Text(s.Why); return s })
	d.Plans = each(d.Plans, func(p StoredShown) StoredShown { p.Words = each(p.Words, l.Text); return p })
	return d
}

func (s LineShown) in(l *phrase.Language) LineShown {
	s.Why, s.WayOut = l.Text(s.Why), l.Text(s.WayOut)
	return s
}

func (s SIMShown) in(l *phrase.Language) SIMShown {
	s.Why = l.Text(s.Why)
	return s
}

func explainedIn(l *phrase.Language, x document.Explained) document.Explained {
	x.End, x.Recording, x.Plans = l.Text(x.End), l.Text(x.Recording), plansIn(l, x.Plans)
	x.Rings = each(x.Rings, func(r document.RingShown) document.RingShown { r.Why = l.Text(r.Why); return r })
	return x
}

func testsIn(l *phrase.Language, all []document.TestShown) []document.TestShown {
	return each(all, func(t document.TestShown) document.TestShown {
		t.Failed, t.Plans = each(t.Failed, l.Text), plansIn(l, t.Plans)
		return t
	})
}

func plansIn(l *phrase.Language, all []document.PlanShown) []document.PlanShown {
	return each(all, func(p document.PlanShown) document.PlanShown { p.Words = each(p.Words, l.Text); return p })
}
