package hardware

import (
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/generic"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/quectel"
	"roadline/hardware/simcom"
)

// Families are all families of modules. The last one takes what no other knows.
func Families() []modem.Family {
	return []modem.Family{huawei.Family(), simcom.SIM7600(), simcom.SIM800(), quectel.Family(), quectel.Sound(), generic.Family()}
}

// FamilyNamed is the family of that name; an unknown one is an error of kind cause.NotFound that lists the names.
func FamilyNamed(name string) (modem.Family, error) {
	var names []string
	for _, f := range Families() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return modem.Family{}, cause.Errorf(cause.NotFound, "there is no modem family %q: there are %s", name, strings.Join(names, ", "))
}

// FamilyOf is the family of a USB product, and what its serial interfaces are for; ok is false for a stranger. Of a
// module that also has a sound card, the family with the serial port: the card has to be switched on first.
func FamilyOf(vendor, product uint16) (f modem.Family, usb modem.USB, ok bool) {
	for _, f := range Families() {
		for _, u := range f.USB {
			if u.Vendor == vendor && u.Product == product {
				return f, u, true
			}
		}
	}
	return modem.Family{}, modem.USB{}, false
}

// FamilyOfModel is the family of a module by what it calls its maker and itself; the general one where none claims it.
func FamilyOfModel(maker, model string) modem.Family {
	maker, model = strings.ToUpper(maker), strings.ToUpper(model)
	switch {
	case strings.Contains(maker, "HUAWEI"):
		return huawei.Family()
	case strings.Contains(maker, "QUECTEL"):
		return quectel.Family()
	case strings.Contains(model, "SIM800"), strings.Contains(model, "SIM900"):
		return simcom.SIM800()
	case strings.Contains(maker, "SIMCOM"), strings.Contains(model, "SIM7"):
		return simcom.SIM7600()
	}
	return generic.Family()
}
