package usb

// Assign names the ports of a device by what its interfaces are for, as the table of its family has them. A role whose
// interface has no tty is left out: its driver is missing, or the firmware hides it. The table is a hint only, since
// firmwares of one product differ: whoever opens a port asks it.
func Assign[Role comparable](d Device, interfaces map[int]Role) map[Role]Port {
	named := map[Role]Port{}
	for _, p := range d.Ports {
		if role, ok := interfaces[p.Interface]; ok {
			named[role] = p
		}
	}
	return named
}
