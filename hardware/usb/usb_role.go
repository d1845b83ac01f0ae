package usb

// Role is what a tty of a module is for.
type Role string

// The roles. A module has other ports too, for diagnosis, satellites and data; nobody opens those.
const (
	AT  Role = "at"  // commands, and what the module says unasked
	AT2 Role = "at2" // commands, besides
	PCM Role = "pcm" // speech
)

// Roles says for products, by ID, which interface has which role. It is a family's data, and a hint only: firmwares of one
// product differ, so whoever opens a port asks it.
type Roles map[string]map[int]Role

// Assign names the ports of a device. It is empty for a product that the table does not have: then every port is to be
// asked. A role whose interface has no tty is left out: its driver is missing, or the firmware hides it.
func (r Roles) Assign(d Device) map[Role]Port {
	named := map[Role]Port{}
	for _, p := range d.Ports {
		if role, ok := r[d.ID()][p.Interface]; ok {
			named[role] = p
		}
	}
	return named
}
