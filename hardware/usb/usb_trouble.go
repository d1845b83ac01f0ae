package usb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// RulesFile is where the udev rules that Trouble asks for belong. It comes after the rules that name devices, and before
// those that ModemManager acts by.
const RulesFile = "/etc/udev/rules.d/76-roadline.rules"

// Trouble is something in the machine that keeps a module from working.
type Trouble struct {
	Device string // the hub port
	Text   string // a sentence
	Remedy string // what to do about it
	Rule   string // a line for RulesFile, where one helps
}

// disks are the products that a module is while it plays a disk with its drivers for Windows, and shows no ttys.
var disks = map[string]string{
	"12d1:1446": "Huawei", "12d1:1505": "Huawei", "12d1:1f01": "Huawei", "12d1:14fe": "Huawei", "12d1:1520": "Huawei", "12d1:1f1b": "Huawei",
	"19d2:2000": "ZTE", "19d2:0154": "ZTE", "1bbb:f000": "Alcatel", "05c6:1000": "Qualcomm",
}

// Troubles looks at every module, and at what the machine does with it. isModule tells modules from other devices with
// ttys, of which nobody complains.
func (b Bus) Troubles(isModule func(Device) bool) ([]Trouble, error) {
	devices, err := b.all()
	if err != nil {
		return nil, err
	}
	var list []Trouble
	manager := b.runs("ModemManager")
	for _, d := range devices {
		if vendor := disks[d.ID()]; vendor != "" {
			list = append(list, Trouble{
				Device: d.Path,
				Text:   fmt.Sprintf("The %s module in USB port %s plays a disk (%s) and shows no modem.", vendor, d.Path, d.ID()),
				Remedy: "Install usb-modeswitch and usb-modeswitch-data, and plug it in again.",
			})
			continue
		}
		if len(d.Ports) == 0 || !isModule(d) {
			continue
		}
		if manager {
			list = append(list, b.managed(d)...)
		}
		list = append(list, b.asleep(d)...)
		list = append(list, b.forbidden(d)...)
	}
	return list, nil
}

// runs reports whether a program of that name runs.
func (b Bus) runs(program string) bool {
	names, err := filepath.Glob(b.at("proc/[0-9]*/comm"))
	return err == nil && slices.ContainsFunc(names, func(f string) bool { return line(filepath.Dir(f), "comm") == program })
}

// managed: ModemManager sends AT commands of its own, in the middle of calls.
func (b Bus) managed(d Device) []Trouble {
	// What udev decided about a device stands in its database, under the device number.
	decided, err := os.ReadFile(b.at("run/udev/data", "c"+line(b.at("sys/bus/usb/devices", d.Path), "dev")))
	if err == nil && strings.Contains(string(decided), "E:ID_MM_DEVICE_IGNORE=1") {
		return nil
	}
	t := Trouble{
		Device: d.Path,
		Text:   fmt.Sprintf("ModemManager runs and will talk to the module in USB port %s (%s).", d.Path, d.ID()),
		Remedy: "Put the rule into " + RulesFile + ", run udevadm control --reload and udevadm trigger, and restart ModemManager; or stop the service for good.",
		Rule:   fmt.Sprintf(`ACTION!="remove", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="%04x", ENV{ID_MM_DEVICE_IGNORE}="1"`, d.Vendor),
	}
	if b.hasRule(d) {
		t.Text = fmt.Sprintf("ModemManager runs, and the rule that keeps it from the module in USB port %s (%s) has not been applied.", d.Path, d.ID())
		t.Remedy = "Run udevadm control --reload and udevadm trigger, and restart ModemManager."
		t.Rule = ""
	}
	return []Trouble{t}
}

// hasRule reports whether somebody wrote a rule that makes ModemManager ignore the device's vendor.
func (b Bus) hasRule(d Device) bool {
	for _, dir := range []string{"etc/udev/rules.d", "run/udev/rules.d"} {
		files, err := filepath.Glob(b.at(dir, "*.rules"))
		if err != nil {
			continue
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				continue
			}
			for rule := range strings.Lines(string(text)) {
				if !strings.HasPrefix(strings.TrimSpace(rule), "#") && strings.Contains(rule, "ID_MM_DEVICE_IGNORE") && strings.Contains(rule, fmt.Sprintf(`"%04x"`, d.Vendor)) {
					return true
				}
			}
		}
	}
	return false
}

// asleep: a module that the kernel suspends loses its ring, and some never wake up.
func (b Bus) asleep(d Device) []Trouble {
	if line(b.at("sys/bus/usb/devices", d.Path, "power"), "control") != "auto" {
		return nil
	}
	return []Trouble{{
		Device: d.Path,
		Text:   fmt.Sprintf("The kernel may suspend the module in USB port %s (%s).", d.Path, d.ID()),
		Remedy: fmt.Sprintf("Put the rule into %s and plug the module in again; until then: echo on > /sys/bus/usb/devices/%s/power/control", RulesFile, d.Path),
		Rule:   fmt.Sprintf(`ACTION=="add", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="%04x", ATTR{power/control}="on"`, d.Vendor),
	}}
}

// forbidden: ttys belong to a group, sound cards to another.
func (b Bus) forbidden(d Device) []Trouble {
	may := b.May
	if may == nil {
		may = func(path string) bool { return unix.Access(path, unix.R_OK|unix.W_OK) == nil }
	}
	of := func(group string, files []string) []Trouble {
		files = slices.DeleteFunc(files, func(f string) bool { return may(b.at(f)) })
		if len(files) == 0 {
			return nil
		}
		return []Trouble{{
			Device: d.Path,
			Text:   fmt.Sprintf("Roadline may not open %s of the module in USB port %s (%s).", strings.Join(files, ", "), d.Path, d.ID()),
			Remedy: fmt.Sprintf("Add the user that Roadline runs as to the group %s, and restart it.", group),
		}}
	}
	var ttys, sounds []string
	for _, p := range d.Ports {
		ttys = append(ttys, p.TTY)
	}
	for _, c := range d.Cards {
		sounds = append(sounds, c.Files()...)
	}
	return append(of("dialout", ttys), of("audio", sounds)...)
}
