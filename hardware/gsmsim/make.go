package gsmsim

import (
	"slices"
	"strings"

	"roadline/fmc/cause"
)

// Role is what a port of a module is for.
type Role string

// The roles.
const (
	AT  Role = "at"
	AT2 Role = "at2" // a second port for commands, a session of its own
	PCM Role = "pcm" // speech: S16LE, mono, 8000 Hz, 320 bytes every 20 ms
)

// Make is a type of module: what it calls itself, its ports and its dialect.
type Make struct {
	Name            string // as Plug and the command line know it
	Maker, Title    string // +CGMI, +CGMM
	Revision        string // +CGMR
	Vendor, Product uint16 // USB ids; 0: not on USB
	Interfaces      []Interface
	dialect         dialect
}

// Interface is one serial port of a module.
type Interface struct {
	Role   Role
	Number int // of the USB interface
}

// The makes. What is said of revisions is what devices in the field report, not any one device's.
var (
	HuaweiE173 = Make{
		Name: "huawei-e173", Maker: "huawei", Title: "E173", Revision: "11.126.85.00.209", Vendor: 0x12d1, Product: 0x1001,
		Interfaces: []Interface{{AT2, 0}, {PCM, 1}, {AT, 2}}, dialect: huawei,
	}
	SIM7600 = Make{
		Name: "sim7600", Maker: "SIMCOM INCORPORATED", Title: "SIMCOM_SIM7600E-H", Revision: "LE20B05SIM7600M22", Vendor: 0x1e0e, Product: 0x9001,
		Interfaces: []Interface{{AT, 2}, {AT2, 3}, {PCM, 4}}, dialect: sim7600,
	}
	SIM800 = Make{
		Name: "sim800", Maker: "SIMCOM_Ltd", Title: "SIMCOM_SIM800L", Revision: "1418B05SIM800L24", Vendor: 0x10c4, Product: 0xea60,
		Interfaces: []Interface{{AT, 0}}, dialect: sim800,
	}
	EC25 = Make{
		Name: "ec25", Maker: "Quectel", Title: "EC25", Revision: "EC25EFAR06A05M4G", Vendor: 0x2c7c, Product: 0x0125,
		Interfaces: []Interface{{PCM, 1}, {AT, 2}, {AT2, 3}}, dialect: quectel,
	}
	Generic = Make{
		Name: "generic", Maker: "Roadline", Title: "Simulated", Revision: "1.0", Vendor: 0x1d6b, Product: 0x0001,
		Interfaces: []Interface{{AT, 0}}, dialect: generic,
	}
)

// Makes are all that there are.
func Makes() []Make { return []Make{HuaweiE173, SIM7600, SIM800, EC25, Generic} }

// MakeNamed is the one of that name.
func MakeNamed(name string) (Make, error) {
	var names []string
	for _, m := range Makes() {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Make{}, cause.Errorf(cause.NotFound, "no simulated modem is called %q: there are %s", name, strings.Join(names, ", "))
}

// Speaks says that speech comes out of the module.
func (m Make) Speaks() bool {
	return slices.ContainsFunc(m.Interfaces, func(i Interface) bool { return i.Role == PCM })
}
