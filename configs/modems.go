package configs

import (
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// onUSB is a place on USB, by bus and hub ports, as the system names it.
var onUSB = regexp.MustCompile(`^usb:[0-9]+-[0-9]+(\.[0-9]+)*$`)

// modems reads the list of modems, or "auto".
func (r *machineReader) modems(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if n.Value != "auto" {
			r.fail(n, "modems: %q: write \"modems: auto\" for whatever is plugged in, \"modems: []\" for none, or a list such as [{at: usb:1-1.2}]", n.Value)
		}
		return
	}
	r.m.Modems = []Modem{}
	r.list(n, "modems", func(n *yaml.Node) {
		var m Modem
		r.fields(n, "modem", map[string]field{
			"at": func(n *yaml.Node) {
				if m.At = r.text(n, "at"); n.Kind == yaml.ScalarNode && !onUSB.MatchString(m.At) && !filepath.IsAbs(m.At) {
					r.fail(n, "at: %q: write the modem's place on USB, such as \"usb:1-1.2\", or the path of its port, such as \"/dev/ttyUSB2\"", m.At)
				}
			},
			"name":   func(n *yaml.Node) { m.Name = r.id(n, "modem name") },
			"family": func(n *yaml.Node) { m.Family = r.id(n, "family") },
			"pcm": func(n *yaml.Node) {
				if m.PCM = r.text(n, "pcm"); n.Kind == yaml.ScalarNode && !filepath.IsAbs(m.PCM) && !soundCard.MatchString(m.PCM) {
					r.fail(n, "pcm: %q: write the path of the serial port with the modem's sound, such as \"/dev/ttyUSB1\", or its sound card, such as \"card:Android\"", m.PCM)
				}
			},
		})
		r.require(n, "modem", "at", "where it is, such as \"at: usb:1-1.2\"")
		if m.Name == "" {
			m.Name = m.At
		}
		for _, other := range r.m.Modems {
			switch {
			case other.At == m.At && m.At != "":
				r.fail(n, "modem: %s stands here twice: remove one", m.At)
			case other.Name == m.Name && m.Name != "":
				r.fail(n, "modem: the name %q is taken: every modem has its own", m.Name)
			}
		}
		r.m.Modems = append(r.m.Modems, m)
	})
}

// soundCard is a sound card by its name or its hub port.
var soundCard = regexp.MustCompile(`^card:[A-Za-z0-9_.-]+$`)

// sims reads which company may use which card.
func (r *machineReader) sims(n *yaml.Node) {
	r.list(n, "sims", func(n *yaml.Node) {
		var s SIM
		r.fields(n, "sim", map[string]field{
			"iccid":    func(n *yaml.Node) { s.ICCID = r.iccid(n) },
			"company":  func(n *yaml.Node) { s.Company = fmc.CompanyID(r.id(n, "company")) },
			"pin_file": func(n *yaml.Node) { s.PINFile = r.path(n, "pin_file") },
		})
		r.require(n, "sim", "iccid", "the digits that are printed on the card, such as iccid: \"8970101234567890123\"")
		r.require(n, "sim", "company", "whose it is, such as \"company: acme\"")
		if slices.ContainsFunc(r.m.SIMs, func(o SIM) bool { return o.ICCID == s.ICCID && s.ICCID != "" }) {
			r.fail(n, "sim: %s stands here twice: a card belongs to one company", s.ICCID)
		}
		r.m.SIMs = append(r.m.SIMs, s)
	})
}

// gsm reads when SIM lines are used and when they are given a rest, and how far they are believed.
func (r *machineReader) gsm(n *yaml.Node) {
	g := &r.m.GSM
	r.fields(n, "gsm", map[string]field{
		"signal":     func(n *yaml.Node) { g.Signal = r.number(n, "signal", -120, -50) },
		"hysteresis": func(n *yaml.Node) { g.Hysteresis = r.number(n, "hysteresis", 1, 20) },
		"failures":   func(n *yaml.Node) { g.Failures = r.number(n, "failures", 1, 20) },
		"cool_down":  func(n *yaml.Node) { g.CoolDown = r.duration(n, "cool_down", 10*time.Second, time.Hour) },
		"watchdog":   func(n *yaml.Node) { g.Watchdog = r.duration(n, "watchdog", 20*time.Second, 5*time.Minute) },
		"resets":     func(n *yaml.Node) { g.Resets = r.number(n, "resets", 1, 20) },
		"trust": func(n *yaml.Node) {
			g.Trust = oneOf(&r.reader, n, "trust", map[string]fmc.Trust{"foreign": fmc.TrustForeign, "carrier": fmc.TrustCarrier})
		},
	})
}
