package configs

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// usualThrough is the rule where a file writes none: what costs most is called only after the person answered on their
// own mobile.
func usualThrough() fmc.ThroughRule { return fmc.ThroughRule{ProveAbroad: true, ProvePremium: true} }

// access reads what people of the company get who call a number from their mobiles.
func (r *companyReader) access(n *yaml.Node) fmc.Access {
	return oneOf(&r.reader, n, "access", map[string]fmc.Access{"call-through": fmc.CallThrough, "call-back": fmc.CallBack})
}

func (r *companyReader) callThrough(n *yaml.Node) {
	rule := &r.c.Rules.Through
	r.fields(n, "call_through", map[string]field{
		"pin": func(n *yaml.Node) {
			rule.PIN = oneOf(&r.reader, n, "pin", map[string]fmc.PINRule{"by-risk": fmc.PINByRisk, "always": fmc.PINAlways, "never": fmc.PINNever})
		},
		"hidden":     func(n *yaml.Node) { rule.RefuseHidden = !r.yes(n, "hidden") },
		"tries":      func(n *yaml.Node) { rule.Tries = r.number(n, "tries", 1, 10) },
		"lock":       func(n *yaml.Node) { rule.Lock = r.duration(n, "lock", time.Minute, 24*time.Hour) },
		"prove":      func(n *yaml.Node) { r.prove(n, rule) },
		"call_backs": func(n *yaml.Node) { rule.CallBacks = r.number(n, "call_backs", 1, 60) },
		"texts":      func(n *yaml.Node) { rule.NoTexts = !r.yes(n, "texts") },
	})
}

// prove reads what is called only after the person answered on their own mobile; an empty list is nothing.
func (r *companyReader) prove(n *yaml.Node, rule *fmc.ThroughRule) {
	rule.ProveAbroad, rule.ProvePremium, rule.ProveFirst = false, false, false
	what := map[string]*bool{"abroad": &rule.ProveAbroad, "premium": &rule.ProvePremium, "first": &rule.ProveFirst}
	r.list(n, "prove", func(n *yaml.Node) {
		switch proved := oneOf(&r.reader, n, "prove", what); {
		case proved == nil:
		case *proved:
			r.fail(n, "prove: %q stands here twice: remove one", n.Value)
		default:
			*proved = true
		}
	})
}

// destinationFields are the keys that say where calls may go.
func (r *companyReader) destinationFields(d *fmc.Destinations) map[string]field {
	return map[string]field{
		"abroad":  func(n *yaml.Node) { d.Abroad = r.yes(n, "abroad") },
		"premium": func(n *yaml.Node) { d.Premium = r.yes(n, "premium") },
		"countries": func(n *yaml.Node) {
			r.list(n, "countries", func(n *yaml.Node) {
				switch country := r.text(n, "countries"); {
				case !r.country(n, country):
				case slices.Contains(d.Countries, country):
					r.fail(n, "countries: %q stands here twice: remove one", country)
				default:
					d.Countries = append(d.Countries, country)
				}
			})
		},
	}
}

// may reads where one person may call, in place of where the company may: what is not written is not allowed.
func (r *companyReader) may(n *yaml.Node) *fmc.Destinations {
	var d fmc.Destinations
	r.fields(n, "may", r.destinationFields(&d))
	return &d
}

// caps reads what one person may call outside a day; what is not written has no limit.
func (r *companyReader) caps(n *yaml.Node) fmc.Caps {
	var c fmc.Caps
	r.fields(n, "caps", map[string]field{
		"calls":  func(n *yaml.Node) { c.Calls = r.number(n, "calls", 1, 10000) },
		"talk":   func(n *yaml.Node) { c.Talk = r.duration(n, "talk", time.Minute, 24*time.Hour) },
		"abroad": func(n *yaml.Node) { c.Abroad = r.duration(n, "abroad", time.Minute, 24*time.Hour) },
	})
	if c.Talk > 0 && c.Abroad > c.Talk {
		r.fail(n, "caps: \"abroad\" is a part of \"talk\", and %s is more than %s: write less, or more of \"talk\"", short(c.Abroad), short(c.Talk))
	}
	return c
}
