// Package usb finds the modules that are plugged in: from sysfs it tells which USB device has which ttys and sound cards,
// under names that outlive a restart of the module, and what in the machine keeps a module from working. It opens no
// port, sends no AT and changes nothing. Start at Bus; then Watch for what comes and goes, Assign for which port is what,
// and Bus.Troubles for what to mend.
package usb

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/alsa"
)

// Bus is the USB of a machine.
type Bus struct {
	Root string // "/"; tests have trees of their own
	// May reports whether this process may read and write a device file; nil: asks the kernel.
	May func(path string) bool
}

// Device is a USB device that has ttys.
type Device struct {
	Path    string // of the hub port, "1-1.2": the same for whatever is plugged in there
	Vendor  uint16 // 0x12d1
	Product uint16 // 0x1001
	Serial  string // most modules have none, or all have the same
	Name    string // as it calls itself, "HUAWEI Mobile"
	Number  int    // on the bus; a device that started anew has another
	Ports   []Port // in the order of their interfaces
	Cards   []alsa.Card
}

// Port is a tty of a device.
type Port struct {
	TTY       string // "/dev/ttyUSB2", until the device starts anew
	Interface int    // of the USB device
	ByPath    string // "/dev/serial/by-path/…", the same for as long as the device is in this hub port; empty: udev made none
}

// ID is vendor and product, "12d1:1001".
func (d Device) ID() string { return fmt.Sprintf("%04x:%04x", d.Vendor, d.Product) }

// devicePath is the name that the kernel gives a device: bus, and hub ports from the root.
var devicePath = regexp.MustCompile(`^\d+-\d+(\.\d+)*$`)

// Devices lists the devices that have ttys, by path. A machine without USB has none.
func (b Bus) Devices() ([]Device, error) {
	all, err := b.all()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d Device) bool { return len(d.Ports) == 0 }), nil
}

// all lists every device, those without ttys too.
func (b Bus) all() ([]Device, error) {
	dir := b.at("sys/bus/usb/devices")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cause.Errorf(cause.Unavailable, "look for USB devices: %w", err)
	}
	names, cards := b.byPath(), alsa.Cards(b.Root)
	var list []Device
	for _, e := range entries {
		if !devicePath.MatchString(e.Name()) {
			continue
		}
		d, ok := b.device(e.Name(), names)
		if !ok {
			continue // it was pulled while we looked
		}
		for _, c := range cards {
			if c.USB == d.Path {
				d.Cards = append(d.Cards, c)
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(x, y Device) int { return cmp.Compare(x.Path, y.Path) })
	return list, nil
}

// device reads one device; ok is false where it is gone.
func (b Bus) device(path string, names map[string]string) (d Device, ok bool) {
	dir := b.at("sys/bus/usb/devices", path)
	d = Device{
		Path: path, Serial: line(dir, "serial"),
		Name: strings.TrimSpace(line(dir, "manufacturer") + " " + line(dir, "product")),
	}
	d.Number, _ = strconv.Atoi(line(dir, "devnum")) // 0 where there is none
	vendor, err := strconv.ParseUint(line(dir, "idVendor"), 16, 16)
	product, err2 := strconv.ParseUint(line(dir, "idProduct"), 16, 16)
	if err != nil || err2 != nil {
		return d, false
	}
	d.Vendor, d.Product = uint16(vendor), uint16(product)
	interfaces, err := filepath.Glob(filepath.Join(dir, path+":*"))
	if err != nil {
		return d, false
	}
	for _, i := range interfaces {
		number, err := strconv.ParseInt(line(i, "bInterfaceNumber"), 16, 16)
		if err != nil {
			continue
		}
		for _, tty := range ttys(i) {
			d.Ports = append(d.Ports, Port{TTY: "/dev/" + tty, Interface: int(number), ByPath: names[tty]})
		}
	}
	slices.SortFunc(d.Ports, func(x, y Port) int {
		return cmp.Or(cmp.Compare(x.Interface, y.Interface), cmp.Compare(x.TTY, y.TTY))
	})
	return d, true
}

// ttyName is how the kernel names the ttys of USB devices.
var ttyName = regexp.MustCompile(`^tty(USB|ACM)\d+$`)

// ttys are the names of an interface's ttys. The serial drivers put a ttyUSB0 of their own between the interface and its
// tty, cdc_acm does not.
func ttys(interfaceDir string) (list []string) {
	for _, pattern := range []string{"tty*/tty/*", "tty/*"} {
		found, err := filepath.Glob(filepath.Join(interfaceDir, pattern))
		if err != nil {
			continue
		}
		for _, f := range found {
			if name := filepath.Base(f); ttyName.MatchString(name) {
				list = append(list, name)
			}
		}
	}
	return list
}

// byPath maps ttys to the names that udev gave them by hub port and interface.
func (b Bus) byPath() map[string]string {
	const dir = "dev/serial/by-path"
	entries, err := os.ReadDir(b.at(dir))
	if err != nil {
		return nil // without udev, or without ttys
	}
	names := map[string]string{}
	for _, e := range entries {
		target, err := os.Readlink(b.at(dir, e.Name()))
		if err != nil {
			continue
		}
		// Newer udevs make two links for one tty, "…-usb-0:1.2:1.2-port0" and "…-usbv2-0:1.2:1.2-port0"; either serves.
		if tty := filepath.Base(target); names[tty] == "" || e.Name() < filepath.Base(names[tty]) {
			names[tty] = "/" + dir + "/" + e.Name()
		}
	}
	return names
}

func (b Bus) at(elements ...string) string {
	return filepath.Join(append([]string{cmp.Or(b.Root, "/")}, elements...)...)
}

// line is the first line of a file of sysfs, without blanks; empty where there is none.
func line(dir, file string) string {
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}
