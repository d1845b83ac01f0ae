package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var ringRoutes = []route{
	{pattern: "GET /me/ringing", right: access.SelfChange, do: ringPage},
	{pattern: "POST /me/ringing", right: access.SelfChange, do: changeRinging},
}

var ringScreens = shows{"ringing": ringView{}}

// ringView is when the visitor is rung, and in which order their phones ring.
type ringView struct {
	Hours   string
	Choices []choice // of Hours: schedules of the company
	Steps   []phoneRing
	Form    form
}

// phoneRing is one phone in the order.
type phoneRing struct {
	Kind    string // "sip" or "mobile", as the document writes it
	Name    string
	Number  string
	Rings   bool
	After   int // seconds since the ringing of the person began
	For     int // seconds
	Confirm bool
}

// The bounds of the document, in seconds.
const (
	ringLeast = 5
	ringMost  = 300
	ringUsual = 25
)

func ringPage(v *visit) (answer, error) {
	e, err := v.self()
	if err != nil {
		return nil, err
	}
	return v.ringAgain(e, v.stepsOf(e), string(e.Hours), form{}), nil
}

// self is the visitor as the company's document has them.
func (v *visit) self() (*fmc.Employee, error) {
	e, ok := v.company.Employee(v.viewer.Employee)
	if !ok {
		return nil, v.problem(cause.Denied, "me.nobody")
	}
	return e, nil
}

func (v *visit) ringAgain(e *fmc.Employee, steps []phoneRing, hours string, f form) page {
	view := ringView{Hours: hours, Steps: steps, Form: f, Choices: []choice{{"", v.say("ringing.always")}}}
	var ids []string
	for id := range v.company.Hours {
		ids = append(ids, string(id))
	}
	slices.Sort(ids)
	for _, id := range ids {
		view.Choices = append(view.Choices, choice{id, id})
	}
	p := page{screen: "ringing", title: v.say("ringing.title"), view: view}
	if !f.ok() {
		p.status = again
	}
	return p
}

// stepsOf are all phones of a person: those that ring in their order, then the others.
func (v *visit) stepsOf(e *fmc.Employee) []phoneRing {
	var steps []phoneRing
	for _, s := range e.Ring {
		if d, ok := e.Device(s.Device); ok {
			x := v.stepOf(d)
			x.Rings, x.After, x.For, x.Confirm = true, int(s.After/time.Second), int(s.For/time.Second), s.Confirm
			steps = append(steps, x)
		}
	}
	for i := range e.Devices {
		d := &e.Devices[i]
		if !slices.ContainsFunc(e.Ring, func(s fmc.RingStep) bool { return s.Device == d.ID }) {
			steps = append(steps, v.stepOf(d))
		}
	}
	return steps
}

func (v *visit) stepOf(d *fmc.Device) phoneRing {
	if d.Kind == fmc.Mobile {
		return phoneRing{Kind: "mobile", Name: v.say("ringing.mobile"), Number: v.phone(d.Number), For: ringUsual, Confirm: true}
	}
	return phoneRing{Kind: "sip", Name: v.say("ringing.sip"), Number: string(d.Account), For: ringUsual}
}

// changeRinging saves hours and order, or shows the order with one phone moved: a button that moves saves nothing yet.
func changeRinging(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	e, err := v.self()
	if err != nil {
		return nil, err
	}
	steps := v.filled(e, f)
	if moved := f.Value("move"); moved != "" {
		return v.ringAgain(e, swapped(steps, moved), f.Value("hours"), f), nil
	}
	order := configs.List{}
	for _, s := range steps {
		if s.Rings {
			order = append(order, s.value())
		}
	}
	if len(order) == 0 {
		f.wrong("ring", v.say("ringing.none"))
	}
	if !f.ok() {
		return v.ringAgain(e, steps, f.Value("hours"), f), nil
	}
	var hours configs.Value
	if id := f.Value("hours"); id != "" {
		hours = configs.Text(id)
	}
	if _, err := v.site.o.API.Documents.ChangeOwn(v.ctx(), v.viewer, "ring", order); err != nil {
		return nil, err
	}
	if _, err := v.site.o.API.Documents.ChangeOwn(v.ctx(), v.viewer, "hours", hours); err != nil {
		return nil, err
	}
	return redirect{"/me/ringing", notice{Text: v.say("ringing.saved")}}, nil
}

// filled are the phones in the order in which the form has them, with what was written.
func (v *visit) filled(e *fmc.Employee, f form) []phoneRing {
	var steps []phoneRing
	for _, kind := range f.Values("device") {
		i := slices.IndexFunc(v.stepsOf(e), func(s phoneRing) bool { return s.Kind == kind })
		if i < 0 || slices.ContainsFunc(steps, func(s phoneRing) bool { return s.Kind == kind }) {
			continue // what is no phone of the person's is no part of the order
		}
		s := v.stepsOf(e)[i]
		s.Rings, s.Confirm = f.Value("rings-"+kind) != "", f.Value("confirm-"+kind) != ""
		s.After = v.seconds(f, "after-"+kind, 0)
		s.For = v.seconds(f, "for-"+kind, ringLeast)
		steps = append(steps, s)
	}
	return steps
}

// seconds reads a field of seconds.
func (v *visit) seconds(f form, name string, least int) int {
	n, err := strconv.Atoi(f.Value(name))
	if err != nil || n < least || n > ringMost {
		f.wrong(name, v.say("ringing.seconds", "Least", least, "Most", ringMost))
	}
	return n
}

// swapped are the phones with one moved: "up mobile".
func swapped(steps []phoneRing, move string) []phoneRing {
	way, kind, _ := strings.Cut(move, " ")
	i := slices.IndexFunc(steps, func(s phoneRing) bool { return s.Kind == kind })
	j := i + 1
	if way == "up" {
		j = i - 1
	}
	if i >= 0 && j >= 0 && j < len(steps) {
		steps[i], steps[j] = steps[j], steps[i]
	}
	return steps
}

// value is a step as the document writes it.
func (s phoneRing) value() configs.Value {
	pairs := configs.Pairs{{Key: "device", Value: configs.Word(s.Kind)}}
	if s.After > 0 {
		pairs = append(pairs, configs.Pair{Key: "after", Value: configs.Word(strconv.Itoa(s.After) + "s")})
	}
	pairs = append(pairs, configs.Pair{Key: "for", Value: configs.Word(strconv.Itoa(s.For) + "s")})
	if s.Confirm != (s.Kind == "mobile") { // the usual is not written
		pairs = append(pairs, configs.Pair{Key: "confirm", Value: configs.Word(strconv.FormatBool(s.Confirm))})
	}
	return pairs
}

// Last reports whether a phone is the last in the order.
func (r ringView) Last(i int) bool { return i == len(r.Steps)-1 }
