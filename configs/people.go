package configs

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// Ring orders that a file does not write.
const (
	ringFor     = 25 * time.Second
	mobileAfter = 6 * time.Second
)

// mostName is how many bytes a name may have.
const mostName = 100

func (r *companyReader) employees(n *yaml.Node) {
	r.list(n, "employees", func(n *yaml.Node) {
		e := fmc.Employee{}
		var ring *yaml.Node
		r.fields(r.withoutPIN(n), "employee", map[string]field{
			"id": func(n *yaml.Node) {
				e.ID = fmc.EmployeeID(r.id(n, "employee id"))
				r.unique(n, "group or person", string(e.ID))
			},
			"name":      func(n *yaml.Node) { e.Name = r.spoken(n, "name", mostName) },
			"extension": func(n *yaml.Node) { e.Extension = r.extension(n) },
			"hours":     func(n *yaml.Node) { e.Hours = r.referHours(n, "hours") },
			"operator":  func(n *yaml.Node) { e.Operator = r.filled(n, "operator") },
			"groups": func(n *yaml.Node) {
				r.list(n, "groups", func(n *yaml.Node) {
					id := r.referGroup(n, "groups")
					if slices.Contains(e.Groups, id) {
						r.fail(n, "groups: %q stands here twice: remove one", id)
					}
					e.Groups = append(e.Groups, id)
				})
			},
			"mobile": func(n *yaml.Node) {
				d := fmc.Device{Kind: fmc.Mobile, Number: r.e164(n, "mobile")}
				r.unique(n, "mobile", d.Number.E164)
				e.Devices = append(e.Devices, d)
			},
			"account":   func(n *yaml.Node) { e.Devices = append(e.Devices, r.account(n)) },
			"ring":      func(n *yaml.Node) { ring = n },
			"voicemail": func(n *yaml.Node) { e.Voicemail = r.voicemail(n) },
			"mail":      func(n *yaml.Node) { e.Mail = r.mail(n, "mail") },
			"may":       func(n *yaml.Node) { e.May = r.may(n) },
			"caps":      func(n *yaml.Node) { c := r.caps(n); e.Caps = &c },
			"roles":     func(n *yaml.Node) { e.Roles = r.roles(n) },
		}, "modes")
		r.require(n, "employee", "id", "\"id: ivanov\"")
		r.require(n, "employee", "name", "the name that is spoken, such as \"name: Ivan Ivanov\"")
		for i := range e.Devices {
			e.Devices[i].ID = deviceID(e.ID, e.Devices[i].Kind)
		}
		e.Ring = r.ring(ring, &e)
		e.Voicemail.Mail = cmp.Or(e.Voicemail.Mail, e.Mail)
		r.c.Employees = append(r.c.Employees, e)
	})
}

// cabinetRoles are what a person may be in the cabinet. Who is the head of a group is so by that group's "head".
var cabinetRoles = map[string]string{
	"employee": "employee", "marketer": "marketer", "accountant": "accountant", "manager": "manager", "administrator": "administrator", "operator": "operator",
}

func (r *companyReader) roles(n *yaml.Node) []string {
	var roles []string
	r.list(n, "roles", func(n *yaml.Node) {
		role := oneOf(&r.reader, n, "roles", cabinetRoles)
		if role != "" && slices.Contains(roles, role) {
			r.fail(n, "roles: %q stands here twice: remove one", role)
		}
		roles = append(roles, role)
	})
	return roles
}

// withoutPIN refuses a PIN, which is as secret as a password, and returns what else is written of a person.
func (r *companyReader) withoutPIN(n *yaml.Node) *yaml.Node {
	pin := only(n, "pin")
	if n.Kind != yaml.MappingNode || len(pin.Content) == 0 {
		return n
	}
	r.fail(pin.Content[0], "employee: a PIN never stands in a file: remove it, and set it with \"roadline user pin\"")
	rest := *n
	rest.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "pin" {
			rest.Content = append(rest.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &rest
}

func deviceID(who fmc.EmployeeID, kind fmc.DeviceKind) fmc.DeviceID {
	if kind == fmc.Mobile {
		return fmc.DeviceID(string(who) + "/mobile")
	}
	return fmc.DeviceID(string(who) + "/sip")
}

func (r *companyReader) account(n *yaml.Node) fmc.Device {
	d := fmc.Device{Kind: fmc.SIPPhone}
	r.fields(n, "account", map[string]field{
		"sip": func(n *yaml.Node) {
			d.Account = fmc.AccountID(r.id(n, "account"))
			r.unique(n, "account", string(d.Account))
		},
		"kind": func(n *yaml.Node) {
			d.Fixed = oneOf(&r.reader, n, "kind", map[string]bool{"fixed": true, "soft": false})
		},
		"site": func(n *yaml.Node) {
			d.Site = fmc.SiteID(r.text(n, "site"))
			r.refer(n, "site", func() bool { _, ok := r.c.Site(d.Site); return ok }, func() []string {
				var all []string
				for _, s := range r.c.Sites {
					all = append(all, string(s.ID))
				}
				return all
			})
		},
	}, "srtp", "networks")
	r.require(n, "account", "sip", "the authentication name, such as \"sip: ivanov-desk\"")
	if d.Fixed && d.Site == "" {
		r.fail(n, "account: a fixed phone needs its site, which says where its emergency calls go: write \"site: …\"")
	}
	return d
}

// ring reads a person's ringing order; without one the phone rings at once and the mobile a little later.
func (r *companyReader) ring(n *yaml.Node, e *fmc.Employee) []fmc.RingStep {
	if n == nil {
		return usualRing(e)
	}
	var steps []fmc.RingStep
	r.list(n, "ring", func(n *yaml.Node) {
		s := fmc.RingStep{For: ringFor}
		confirm, said := false, false
		r.fields(n, "ring", map[string]field{
			"device": func(n *yaml.Node) {
				kind := oneOf(&r.reader, n, "device", map[string]fmc.DeviceKind{"sip": fmc.SIPPhone, "mobile": fmc.Mobile})
				s.Device = deviceID(e.ID, kind)
				if _, ok := e.Device(s.Device); !ok && kind != 0 {
					r.fail(n, "ring: %s has no %s: add %q to the employee, or ring another device", e.ID, n.Value, map[string]string{"sip": "account: {sip: …}", "mobile": "mobile: …"}[n.Value])
				}
			},
			"after":   func(n *yaml.Node) { s.After = r.duration(n, "after", 0, 5*time.Minute) },
			"for":     func(n *yaml.Node) { s.For = r.duration(n, "for", 5*time.Second, 5*time.Minute) },
			"confirm": func(n *yaml.Node) { confirm, said = r.yes(n, "confirm"), true },
		})
		r.require(n, "ring", "device", "\"device: sip\" or \"device: mobile\"")
		s.Confirm = confirm || !said && strings.HasSuffix(string(s.Device), "/mobile")
		if slices.ContainsFunc(steps, func(o fmc.RingStep) bool { return o.Device == s.Device && s.Device != "" }) {
			r.fail(n, "ring: %s stands here twice: write each device once", s.Device)
		}
		steps = append(steps, s)
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.fail(n, "ring: nothing would ring: write at least one device, or remove the key")
	}
	return steps
}

func usualRing(e *fmc.Employee) []fmc.RingStep {
	var steps []fmc.RingStep
	if d, ok := e.Device(deviceID(e.ID, fmc.SIPPhone)); ok {
		steps = append(steps, fmc.RingStep{Device: d.ID, For: ringFor})
	}
	if d, ok := e.Device(deviceID(e.ID, fmc.Mobile)); ok {
		s := fmc.RingStep{Device: d.ID, For: ringFor, Confirm: true}
		if len(steps) > 0 {
			s.After = mobileAfter
		}
		steps = append(steps, s)
	}
	return steps
}

func (r *companyReader) groups(n *yaml.Node) {
	r.list(n, "groups", func(n *yaml.Node) {
		g := fmc.Group{Ring: 30 * time.Second, Each: 15 * time.Second}
		var overflow *yaml.Node
		r.fields(n, "group", map[string]field{
			"id": func(n *yaml.Node) {
				g.ID = fmc.GroupID(r.id(n, "group id"))
				r.unique(n, "group or person", string(g.ID))
			},
			"name":      func(n *yaml.Node) { g.Name = r.spoken(n, "name", mostName) },
			"extension": func(n *yaml.Node) { g.Extension = r.extension(n) },
			"strategy": func(n *yaml.Node) {
				g.Strategy = oneOf(&r.reader, n, "strategy", map[string]fmc.Strategy{
					"ring-all": fmc.RingAll, "hunt": fmc.Hunt, "longest-idle": fmc.LongestIdle, "round-robin": fmc.RoundRobin,
				})
			},
			"ring":      func(n *yaml.Node) { g.Ring = r.duration(n, "ring", 5*time.Second, 10*time.Minute) },
			"each":      func(n *yaml.Node) { g.Each = r.duration(n, "each", 5*time.Second, 5*time.Minute) },
			"sticky":    func(n *yaml.Node) { g.Sticky = r.duration(n, "sticky", time.Minute, 30*24*time.Hour) },
			"head":      func(n *yaml.Node) { g.Head = r.referEmployee(n, "head") },
			"overflow":  func(n *yaml.Node) { g.Overflow, overflow = r.action(n, "overflow"), n },
			"wait":      func(n *yaml.Node) { g.Wait = r.wait(n) },
			"voicemail": func(n *yaml.Node) { g.Mailbox = r.voicemail(n) },
		}, "weights", "skills", "wrap_up")
		if g.Overflow.Do == fmc.RingGroup && g.Overflow.Group == g.ID {
			r.fail(overflow, "overflow: %s overflows into itself: name another group, or take a message with \"voicemail: %s\"", g.ID, g.ID)
		}
		r.require(n, "group", "id", "\"id: sales\"")
		if g.Name == "" {
			g.Name = string(g.ID)
		}
		r.c.Groups = append(r.c.Groups, g)
	})
}

func (r *companyReader) wait(n *yaml.Node) fmc.WaitRule {
	w := fmc.WaitRule{Longest: 5 * time.Minute, Music: "default"}
	r.fields(n, "wait", map[string]field{
		"longest":  func(n *yaml.Node) { w.Longest = r.duration(n, "longest", 5*time.Second, 2*time.Hour) },
		"music":    func(n *yaml.Node) { w.Music = fmc.PromptID(r.id(n, "music")) },
		"position": func(n *yaml.Node) { w.Position = r.yes(n, "position") },
		"most":     func(n *yaml.Node) { w.Most = r.number(n, "most", 1, 10000) },
	})
	return w
}
