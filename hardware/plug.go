package hardware

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/alsa"
	"roadline/hardware/modem"
	"roadline/hardware/port"
	"roadline/hardware/quectel"
	"roadline/hardware/usb"
)

// Wanted is a module that the machine's file names.
type Wanted struct {
	Name   string // in what is told of it; empty: At
	At     string // its place on USB, "usb:1-1.2", or the path of its AT port
	Family string // empty: found by what it is on USB, or by asking it
	PCM    string // path of the port with its sound, or "card:" and the name or hub port of its sound card; empty: as its family has it
}

// Plug is a place where a module is, or may be, plugged in.
type Plug struct {
	Name string
	Path string // of the AT port now; empty: nothing is there
	Open func(context.Context) (modem.Modem, error)
}

// Plugs are the places of a machine: those that its file names, or, where it names none, whatever modules are on USB.
type Plugs struct {
	bus    usb.Bus
	wanted []Wanted
	log    *slog.Logger
	now    func() time.Time
	told   func(place string, out bool, line string)

	mu    sync.Mutex // guards:
	found map[string]usb.Device
}

// NewPlugs makes the places; nil wanted: whatever is on USB. Run watches the bus.
func NewPlugs(bus usb.Bus, wanted []Wanted, log *slog.Logger, now func() time.Time) *Plugs {
	nobody := func(string, bool, string) {}
	return &Plugs{bus: bus, wanted: wanted, log: log, now: now, told: nobody, found: map[string]usb.Device{}}
}

// Overhear has a function hear the AT lines of every module without their secrets, by the name of its place; before a
// module is opened. The function does not wait.
func (p *Plugs) Overhear(told func(place string, out bool, line string)) { p.told = told }

// options are those of the module in a place.
func (p *Plugs) options(w Wanted, tty string) modem.Options {
	place := cmp.Or(w.Name, w.At)
	return modem.Options{
		AT: serial(tty), Told: func(out bool, line string) { p.told(place, out, line) }, Log: p.log.With("line", place), Now: p.now,
	}
}

// WantedOf are the modules of a machine's file; nil where it names none.
func WantedOf[M any](named []M, wanted func(M) Wanted) []Wanted {
	if named == nil {
		return nil
	}
	all := make([]Wanted, 0, len(named))
	for _, m := range named {
		all = append(all, wanted(m))
	}
	return all
}

// Look looks at the bus once, for whoever does not Run.
func (p *Plugs) Look() error {
	devices, err := p.bus.Devices()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range devices {
		p.found[d.Path] = d
	}
	return nil
}

// lookEvery is how often the bus is looked at.
const lookEvery = time.Second

// Run watches the bus until ctx ends. What keeps modules from working is told once, at the start.
func (p *Plugs) Run(ctx context.Context) error {
	troubles, err := p.bus.Troubles(known)
	if err != nil {
		p.log.Warn("the USB bus was not looked at for troubles", "err", err)
	}
	for _, t := range troubles {
		p.log.Warn("a modem may not work", "text", t.Device+": "+t.Text+": "+strings.TrimSpace(t.Remedy+"\n"+t.Rule))
	}
	return p.bus.Watch(ctx, lookEvery, func(added, removed []usb.Device) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, d := range removed {
			delete(p.found, d.Path)
		}
		for _, d := range added {
			p.found[d.Path] = d
		}
	})
}

// known reports whether a device is a module of one of our families.
func known(d usb.Device) bool {
	_, _, ok := FamilyOf(d.Vendor, d.Product)
	return ok
}

const usbPlace = "usb:"

// List is the places as they are now, by name.
func (p *Plugs) List() []Plug {
	p.mu.Lock()
	found := make([]usb.Device, 0, len(p.found))
	for _, d := range p.found {
		found = append(found, d)
	}
	p.mu.Unlock()
	var all []Plug
	if p.wanted == nil {
		for _, d := range found {
			if known(d) {
				all = append(all, p.onUSB(Wanted{At: usbPlace + d.Path}, found))
			}
		}
	}
	for _, w := range p.wanted {
		if strings.HasPrefix(w.At, usbPlace) {
			all = append(all, p.onUSB(w, found))
			continue
		}
		all = append(all, Plug{Name: cmp.Or(w.Name, w.At), Path: w.At, Open: func(ctx context.Context) (modem.Modem, error) { return p.openPath(ctx, w) }})
	}
	slices.SortFunc(all, func(a, b Plug) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// onUSB is the place of a hub port. What is in it is looked up when it is opened: it may have come, gone, or started anew
// under other names since.
func (p *Plugs) onUSB(w Wanted, found []usb.Device) Plug {
	plug := Plug{Name: cmp.Or(w.Name, w.At), Open: func(context.Context) (modem.Modem, error) {
		d, ok := p.device(strings.TrimPrefix(w.At, usbPlace))
		if !ok {
			return nil, cause.Errorf(cause.NotFound, "nothing is plugged in at %s", w.At)
		}
		return p.openUSB(w, d)
	}}
	if i := slices.IndexFunc(found, func(d usb.Device) bool { return usbPlace+d.Path == w.At }); i >= 0 {
		plug.Path = commandPort(found[i])
	}
	return plug
}

func (p *Plugs) device(path string) (usb.Device, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d, ok := p.found[path]
	return d, ok
}

// commandPort is the tty of a device that takes commands; empty: none is known.
func commandPort(d usb.Device) string {
	_, u, ok := FamilyOf(d.Vendor, d.Product)
	if !ok {
		return ""
	}
	return usb.Assign(d, u.Ports)[modem.CommandPort].TTY
}

// openUSB makes the modem of a USB device.
func (p *Plugs) openUSB(w Wanted, d usb.Device) (modem.Modem, error) {
	family, u, ok := FamilyOf(d.Vendor, d.Product)
	if w.Family != "" {
		named, err := FamilyNamed(w.Family)
		if err != nil {
			return nil, err
		}
		family = named
	}
	if !ok {
		return nil, cause.Errorf(cause.Unsupported, "%s: no family knows the product %s: name its AT port instead of its place on USB", w.At, d.ID())
	}
	ports := usb.Assign(d, u.Ports)
	command, ok := ports[modem.CommandPort]
	if !ok {
		return nil, cause.Errorf(cause.Unavailable, "%s: the device shows no port for commands: is its driver loaded?", w.At)
	}
	o := p.options(w, command.TTY)
	o.Family = family
	if speech, ok := ports[modem.SpeechPort]; ok {
		o.PCM = serial(speech.TTY)
	}
	w.listen(&o)
	if len(d.Cards) > 0 && w.Family == "" && w.PCM == "" && family.Name == quectel.Family().Name {
		o.Family, o.Card = quectel.Sound(), func() (modem.Card, error) { return alsa.Open(d.Cards[0]) }
	}
	return modem.Open(o), nil
}

// openPath makes the modem behind a port that the file names.
func (p *Plugs) openPath(ctx context.Context, w Wanted) (modem.Modem, error) {
	if _, err := os.Stat(w.At); err != nil {
		return nil, cause.Errorf(cause.NotFound, "nothing is plugged in at %s: %w", w.At, err)
	}
	o := p.options(w, w.At)
	var err error
	if w.Family != "" {
		o.Family, err = FamilyNamed(w.Family)
	} else {
		o.Family, err = p.ask(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	w.listen(&o)
	return modem.Open(o), nil
}

// soundCard begins the name of a sound card in place of a port's.
const soundCard = "card:"

// listen names where a module's sound comes out, where the file says it.
func (w Wanted) listen(o *modem.Options) {
	name, card := strings.CutPrefix(w.PCM, soundCard)
	switch {
	case w.PCM == "":
	case !card:
		o.PCM = serial(w.PCM)
	default:
		if o.Family.Name == quectel.Family().Name {
			o.Family = quectel.Sound()
		}
		o.Card = func() (modem.Card, error) {
			c, err := alsa.Find("/", name)
			if err != nil {
				return nil, err
			}
			return alsa.Open(c)
		}
	}
}

// askLimit bounds how long a module may take to say what it is.
const askLimit = 20 * time.Second

// ask finds the family of a module by what it says of itself.
func (p *Plugs) ask(ctx context.Context, o modem.Options) (modem.Family, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	o.Family, o.PCM = stranger(), nil
	m := modem.Open(o)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for range m.Events() { // somebody must
		}
	}()
	err := m.Start(ctx)
	id := m.Identity()
	err = cmp.Or(err, m.Close())
	<-heard
	if id.Maker == "" && id.Model == "" {
		return modem.Family{}, cmp.Or(err, cause.Errorf(cause.Unavailable, "the module does not say what it is: name its family"))
	}
	return FamilyOfModel(id.Maker, id.Model), nil
}

// stranger is the general family, which takes the unasked lines of every maker for what they are: one in the middle of an
// answer would else pass for it.
func stranger() modem.Family {
	all := Families()
	f := all[len(all)-1]
	f.Forms = nil
	for _, other := range all {
		f.Forms = append(f.Forms, other.Forms...)
	}
	return f
}

// serial opens a tty.
func serial(name string) func() (io.ReadWriteCloser, error) {
	return func() (io.ReadWriteCloser, error) { return port.Open(name, port.Options{}) }
}
