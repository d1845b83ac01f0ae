package configs

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// iccid reads the number of a SIM card, as it is printed on it, without spaces.
func (r *reader) iccid(n *yaml.Node) fmc.ICCID {
	s := r.text(n, "iccid")
	switch {
	case n.Kind != yaml.ScalarNode:
	case s == "" || strings.Trim(s, "0123456789") != "":
		r.fail(n, "iccid: %q: write the digits that are printed on the card, in quotes and without spaces, such as \"8970101234567890123\"", s)
	case len(s) < 18 || len(s) > 20:
		r.fail(n, "iccid: %q has %d digits: a card has 18 to 20: write all that are printed on it", s, len(s))
	case checkDigit(s[:len(s)-1]) != s[len(s)-1]:
		r.fail(n, "iccid: %q is mistyped: behind %s the last digit would be %c, not %c: compare it with the card", s, s[:len(s)-1], checkDigit(s[:len(s)-1]), s[len(s)-1])
	}
	return fmc.ICCID(s)
}

// checkDigit is the last digit of an ICCID by those before it: ITU-T E.118, Luhn's sum.
func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return byte('0' + (10-sum%10)%10)
}

func (r *companyReader) sims(n *yaml.Node) {
	r.list(n, "sims", func(n *yaml.Node) {
		s := fmc.SIM{Package: fmc.SIMPackage{Day: 1}}
		r.fields(n, "sim", map[string]field{
			"iccid": func(n *yaml.Node) { s.ICCID = r.iccid(n); r.unique(n, "sim", string(s.ICCID)) },
			"number": func(n *yaml.Node) {
				s.Number = r.e164(n, "number")
				r.unique(n, "sim number", s.Number.E164)
				r.onTrunk(n, s.Number.E164)
			},
			"operator": func(n *yaml.Node) { s.Operator = r.filled(n, "operator") },
			"person":   func(n *yaml.Node) { s.Person = r.referEmployee(n, "person") },
			"package":  func(n *yaml.Node) { s.Package = r.simPackage(n) },
			"limits":   func(n *yaml.Node) { s.Limits = r.simLimits(n) },
			"roaming":  func(n *yaml.Node) { s.Roaming = r.yes(n, "roaming") },
			"mandate":  func(n *yaml.Node) { s.Mandate = r.mandate(n) },
			"balance":  func(n *yaml.Node) { s.Balance = r.balance(n) },
			"forward":  func(n *yaml.Node) { s.Forward = r.forward(n, "forward") },
		})
		r.require(n, "sim", "iccid", "the digits that are printed on the card, such as iccid: \"8970101234567890123\"")
		r.require(n, "sim", "number", "the card's own number, such as number: \"+79031112233\": whoever it calls sees it")
		r.c.SIMs = append(r.c.SIMs, s)
		r.forwardsWell(n, s.ICCID)
	})
}

func (r *companyReader) simPackage(n *yaml.Node) fmc.SIMPackage {
	p := fmc.SIMPackage{Day: 1}
	r.fields(n, "package", map[string]field{
		"tariff":   func(n *yaml.Node) { p.Tariff = r.filled(n, "tariff") },
		"minutes":  func(n *yaml.Node) { p.Minutes = r.number(n, "minutes", 1, 100000) },
		"messages": func(n *yaml.Node) { p.Messages = r.number(n, "messages", 1, 100000) },
		"day":      func(n *yaml.Node) { p.Day = r.number(n, "day", 1, 31) },
		"step":     func(n *yaml.Node) { p.Step = r.duration(n, "step", time.Second, 5*time.Minute) },
	})
	return p
}

func (r *companyReader) simLimits(n *yaml.Node) fmc.SIMLimits {
	var l fmc.SIMLimits
	r.fields(n, "limits", map[string]field{
		"calls":    func(n *yaml.Node) { l.Calls = r.number(n, "calls", 1, 10000) },
		"talk":     func(n *yaml.Node) { l.Talk = r.duration(n, "talk", time.Minute, 24*time.Hour) },
		"messages": func(n *yaml.Node) { l.Messages = r.number(n, "messages", 1, 100000) },
	})
	return l
}

// mandate reads whose a card is, what for and where. Its days begin in the company's zone, and are told in it.
func (r *companyReader) mandate(n *yaml.Node) fmc.Mandate {
	m, before := fmc.Mandate{}, len(r.errs)
	r.fields(n, "mandate", map[string]field{
		"owner":    func(n *yaml.Node) { m.Owner = r.filled(n, "owner") },
		"contract": func(n *yaml.Node) { m.Contract = r.filled(n, "contract") },
		"for": func(n *yaml.Node) {
			r.list(n, "for", func(n *yaml.Node) {
				m.For = append(m.For, oneOf(&r.reader, n, "for", map[string]fmc.SIMUse{"calls": fmc.UseCalls, "messages": fmc.UseMessages}))
			})
			if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
				r.fail(n, "for: the card could be used for nothing: write [calls], [messages] or both")
			}
		},
		"where": func(n *yaml.Node) {
			r.list(n, "where", func(n *yaml.Node) {
				if country := r.text(n, "where"); r.country(n, country) {
					m.Where = append(m.Where, country)
				}
			})
		},
		"from":  func(n *yaml.Node) { m.From = r.day(n, "from").In(r.c.Profile.Zone) },
		"until": func(n *yaml.Node) { m.Until = r.day(n, "until").In(r.c.Profile.Zone) },
	})
	r.require(n, "mandate", "owner", "who signed the contract with the operator, such as \"owner: Acme Construction\"")
	r.require(n, "mandate", "contract", "the contract, such as \"contract: 17/2026\"")
	r.require(n, "mandate", "for", "what the card may be used for: \"for: [calls, messages]\"")
	if len(r.errs) == before && !m.Until.IsZero() && !m.From.Before(m.Until) {
		r.fail(n, "mandate: it ends before it begins: \"until\" is the first day on which it holds no more")
	}
	return m
}

// balance reads how a card is asked for its balance. What is read from the answer stands in a pattern's one group.
func (r *companyReader) balance(balance *yaml.Node) fmc.BalanceQuery {
	var b fmc.BalanceQuery
	n := balance
	r.fields(n, "balance", map[string]field{
		"ussd": func(n *yaml.Node) {
			b.USSD = r.filled(n, "ussd")
			if strings.Trim(b.USSD, "0123456789*#") != "" || !strings.HasSuffix(b.USSD, "#") || strings.Trim(b.USSD[:1], "*#") != "" {
				r.fail(n, "ussd: %q: write what is dialled, from * or # to #, such as \"*100#\"", b.USSD)
			}
		},
		"amount":  func(n *yaml.Node) { b.Amount = r.pattern(n, "amount") },
		"minutes": func(n *yaml.Node) { b.Minutes = r.pattern(n, "minutes") },
		"low": func(n *yaml.Node) {
			b.Low = float64(r.number(n, "low", 1, 1_000_000))
			if len(only(balance, "amount").Content) == 0 {
				r.fail(n, "low: no amount is read from the answer: write \"amount\", a pattern such as '([0-9.,]+) р'")
			}
		},
	})
	r.require(n, "balance", "ussd", "what is dialled, such as \"ussd: \\\"*100#\\\"\"")
	if n.Kind == yaml.MappingNode && len(only(n, "amount", "minutes").Content) == 0 {
		r.fail(n, "balance: nothing would be read from the answer: write \"amount\" or \"minutes\", a pattern such as '([0-9.,]+) р'")
	}
	return b
}

// pattern reads a regular expression with one group.
func (r *companyReader) pattern(n *yaml.Node, what string) string {
	s := r.filled(n, what)
	p, err := regexp.Compile(s)
	switch {
	case s == "":
	case err != nil:
		r.fail(n, "%s: %q is no pattern: %v: write a regular expression such as '([0-9.,]+) р'", what, s, err)
	case p.NumSubexp() != 1:
		r.fail(n, "%s: %q has %d groups: put what is to be read in one pair of brackets, others as (?:…), such as '([0-9.,]+) р'", what, s, p.NumSubexp())
	}
	return s
}

// bySIM checks, when everything was read, that a number's card is the company's and has this number.
func (r *companyReader) bySIM(n *yaml.Node, x *fmc.Number) {
	card, number := x.SIM, x.Number.E164
	r.later = append(r.later, func() {
		s, ok := r.c.SIM(card)
		switch {
		case number == "" || card == "":
		case !ok:
			r.fail(n, "number: %s is on the SIM %s, which does not stand under \"sims\": add it there", number, card)
		case s.Number.E164 != "" && s.Number.E164 != number:
			r.fail(n, "number: the SIM %s has the number %s, not %s: write the one that is right in both places", card, s.Number.E164, number)
		}
	})
}

// onTrunk checks, when everything was read, that the number of a card does not stand on a trunk.
func (r *companyReader) onTrunk(n *yaml.Node, e164 string) {
	r.later = append(r.later, func() {
		if x, ok := r.c.NumberOf(e164); ok && e164 != "" && x.Trunk != "" {
			r.fail(n, "sim: its number %s stands under \"numbers\" on trunk %s: a number is on a SIM or on a trunk: correct one of them", e164, x.Trunk)
		}
	})
}

// simNumbers adds the numbers of SIMs that do not stand under numbers: who sees a number may call it back. They ring the
// SIM's person.
func (r *companyReader) simNumbers() {
	for _, s := range r.c.SIMs {
		if _, ok := r.c.NumberOf(s.Number.E164); !ok && s.Number.E164 != "" {
			r.c.Numbers = append(r.c.Numbers, fmc.Number{Number: s.Number, SIM: s.ICCID, Owner: s.Person})
		}
	}
}
