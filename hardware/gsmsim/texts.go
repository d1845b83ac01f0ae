package gsmsim

// texts is what a device has to do with SMS. The card's own storage is the card's.
type texts struct {
	mem     [3]string // +CPMS: read and delete, write and send, receive
	cnmi    [5]int    // +CNMI
	phase   int       // +CSMS: 1 means that what is given out at once must be acknowledged
	own     []*stored // the module's storage, "ME"
	reports []*stored // "SR"
	full    bool      // it has been said that there is no room
	unsure  *letter   // given out, and not acknowledged yet
	lapse   *appointment
}

// A stored text lies at a place; its index is the place's, from 1.
type stored struct {
	stat int    // 0 unread, 1 read, 2 written, 3 sent
	pdu  []byte // with the service centre in front
}

// Places of the module's own storages; that of the card is the card's.
const (
	placesOwn     = 50
	placesReports = 10
)

// powerOn brings back what power brings back; what is stored stays.
func (t *texts) powerOn(d *Device) {
	if t.own == nil {
		t.own, t.reports = make([]*stored, placesOwn), make([]*stored, placesReports)
	}
	d.net.off(t.lapse)
	if t.unsure != nil && d.card != nil { // it never arrived
		d.net.centre.again(t.unsure)
	}
	*t = texts{mem: [3]string{"SM", "SM", "SM"}, own: t.own, reports: t.reports}
}

// storage is the places of a storage; ok is false where there is none of that name.
func (d *Device) storage(name string) (places []*stored, ok bool) {
	switch name {
	case "SM", "MT":
		if d.card == nil {
			return nil, false
		}
		if d.card.store == nil {
			d.card.store = make([]*stored, d.card.Places)
		}
		return d.card.store, true
	case "ME":
		return d.texts.own, true
	case "SR":
		return d.texts.reports, true
	}
	return nil, false
}

// room says how full a storage is.
func (d *Device) room(name string) (used, total int) {
	places, _ := d.storage(name)
	for _, s := range places {
		if s != nil {
			used++
		}
	}
	if d.faults[FullStorage] {
		used = len(places)
	}
	return used, len(places)
}

// put lays a text in a storage and returns its index; 0: there is no room.
func (d *Device) put(name string, s *stored) int {
	places, _ := d.storage(name)
	if used, total := d.room(name); used == total {
		return 0
	}
	for i := range places {
		if places[i] == nil {
			places[i] = s
			return i + 1
		}
	}
	return 0
}

// at is the text at an index.
func (d *Device) at(name string, index int) *stored {
	places, _ := d.storage(name)
	if index < 1 || index > len(places) {
		return nil
	}
	return places[index-1]
}

// erase frees a place, and those who wait for room come in.
func (d *Device) erase(name string, index int) bool {
	places, _ := d.storage(name)
	if index < 1 || index > len(places) {
		return false
	}
	places[index-1] = nil
	d.roomMade()
	return true
}

// roomMade tells the network that there is room, 24.011 §3: it delivers what waits.
func (d *Device) roomMade() {
	d.texts.full = false
	d.net.deliver(d)
}
