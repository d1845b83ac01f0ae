package usb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/alsa"
	"roadline/hardware/usb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A tree is a machine's /sys, /dev, /run, /etc and /proc as far as we look at them.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) tree {
	tr := tree{t, t.TempDir()}
	tr.dir("sys/bus/usb/devices")
	tr.dir("sys/class/sound")
	tr.dir("dev/serial/by-path")
	// Root hubs and hubs are there, too.
	tr.file("sys/devices/pci0000:00/0000:00:14.0/usb1/idVendor", "1d6b")
	tr.link("../../../devices/pci0000:00/0000:00:14.0/usb1", "sys/bus/usb/devices/usb1")
	tr.plug(stick{path: "1-1", id: "05e3:0608", number: 2})
	return tr
}

func (tr tree) must(err error) {
	tr.t.Helper()
	if err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) dir(name string) { tr.must(os.MkdirAll(filepath.Join(tr.root, name), 0o755)) }

func (tr tree) file(name, text string) {
	tr.dir(filepath.Dir(name))
	tr.must(os.WriteFile(filepath.Join(tr.root, name), []byte(text+"\n"), 0o600))
}

func (tr tree) link(target, name string) {
	tr.dir(filepath.Dir(name))
	tr.must(os.Symlink(target, filepath.Join(tr.root, name)))
}

// A stick is a USB device to be plugged in. ttys are by interface; "ACM" ones hang at the interface itself.
type stick struct {
	path, id, serial, name string
	number                 int
	ttys                   map[string]string // "02": "ttyUSB2"
	card                   string            // "card1 Android 06"
	power                  string
}

// home is the folder of a device in sysfs.
func home(path string) string {
	dir := "sys/devices/pci0000:00/0000:00:14.0/usb1"
	hub := ""
	for _, element := range strings.SplitAfter(path, ".") {
		hub += element
		dir += "/" + strings.TrimSuffix(hub, ".")
	}
	return dir
}

func (tr tree) plug(s stick) {
	dir := home(s.path)
	vendor, product, _ := strings.Cut(s.id, ":")
	tr.file(dir+"/idVendor", vendor)
	tr.file(dir+"/idProduct", product)
	tr.file(dir+"/devnum", itoa(s.number))
	tr.file(dir+"/dev", "189:"+itoa(s.number-1))
	tr.file(dir+"/manufacturer", s.name)
	tr.file(dir+"/product", "Mobile")
	if s.serial != "" {
		tr.file(dir+"/serial", s.serial)
	}
	if s.power != "" {
		tr.file(dir+"/power/control", s.power)
	}
	tr.link("../../../"+strings.TrimPrefix(dir, "sys/"), "sys/bus/usb/devices/"+s.path)
	for number, tty := range s.ttys {
		intf := dir + "/" + s.path + ":1." + strings.TrimLeft(number[:1], "0") + number[1:]
		tr.file(intf+"/bInterfaceNumber", number)
		if strings.HasPrefix(tty, "ttyACM") {
			tr.dir(intf + "/tty/" + tty)
		} else {
			tr.dir(intf + "/" + tty + "/tty/" + tty)
		}
		tr.file("dev/"+tty, "")
		tr.link("../../"+tty, byPath(s.path, number)[1:])
	}
	tr.dir(dir + "/" + s.path + ":1.9")
	tr.file(dir+"/"+s.path+":1.9/bInterfaceNumber", "09") // one without a tty: the network's
	if f := strings.Fields(s.card); len(f) > 0 {
		sound := dir + "/" + s.path + ":1." + strings.TrimLeft(f[2], "0") + "/sound/" + f[0]
		tr.file(sound+"/id", f[1])
		n := strings.TrimPrefix(f[0], "card")
		tr.dir(sound + "/pcmC" + n + "D0c")
		tr.dir(sound + "/pcmC" + n + "D0p")
		tr.link("../../"+strings.TrimPrefix(sound, "sys/"), "sys/class/sound/"+f[0])
	}
}

// pull takes a stick out.
func (tr tree) pull(s stick) {
	tr.must(os.RemoveAll(filepath.Join(tr.root, home(s.path))))
	tr.must(os.Remove(filepath.Join(tr.root, "sys/bus/usb/devices", s.path)))
	for number, tty := range s.ttys {
		tr.must(os.Remove(filepath.Join(tr.root, "dev", tty)))
		tr.must(os.Remove(filepath.Join(tr.root, byPath(s.path, number))))
	}
	if f := strings.Fields(s.card); len(f) > 0 {
		tr.must(os.Remove(filepath.Join(tr.root, "sys/class/sound", f[0])))
	}
}

// byPath is the name that udev gives a tty.
func byPath(path, number string) string {
	_, ports, _ := strings.Cut(path, "-")
	return "/dev/serial/by-path/pci-0000:00:14.0-usb-0:" + ports + ":1." + strings.TrimLeft(number[:1], "0") + number[1:] + "-port0"
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// The sticks, as lsusb -t and sysfs show them on Debian 12.
func e1550(path, first, second, third string) stick {
	return stick{path: path, id: "12d1:1001", name: "HUAWEI", number: 5, power: "on", ttys: map[string]string{"00": first, "01": second, "02": third}}
}

func e173(path string) stick {
	return stick{path: path, id: "12d1:1436", name: "HUAWEI", number: 6, power: "on", ttys: map[string]string{"00": "ttyUSB3", "03": "ttyUSB4", "04": "ttyUSB5"}}
}

func sim7600(path string) stick {
	return stick{path: path, id: "1e0e:9001", serial: "0123456789ABCDEF", name: "SimTech", number: 7, power: "on", ttys: map[string]string{
		"00": "ttyUSB6", "01": "ttyUSB7", "02": "ttyUSB8", "03": "ttyUSB9", "04": "ttyUSB10",
	}}
}

func ec25(path, card string) stick {
	return stick{path: path, id: "2c7c:0125", name: "Quectel", number: 8, power: "on", card: card, ttys: map[string]string{
		"00": "ttyUSB11", "01": "ttyUSB12", "02": "ttyUSB13", "03": "ttyUSB14",
	}}
}

// found is how a stick is to be found.
func (s stick) found(order ...string) usb.Device {
	d := usb.Device{Path: s.path, Serial: s.serial, Name: s.name + " Mobile", Number: s.number}
	if _, err := fmt.Sscanf(s.id, "%04x:%04x", &d.Vendor, &d.Product); err != nil {
		panic(err)
	}
	for _, number := range order {
		d.Ports = append(d.Ports, usb.Port{TTY: "/dev/" + s.ttys[number], Interface: int(number[1] - '0'), ByPath: byPath(s.path, number)})
	}
	if f := strings.Fields(s.card); len(f) > 0 {
		d.Cards = []alsa.Card{{Number: int(f[0][4] - '0'), ID: f[1], USB: s.path}}
	}
	return d
}
