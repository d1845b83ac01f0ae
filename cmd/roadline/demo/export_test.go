package demo

import (
	"roadline/cmd/roadline/demo/outside"
	"roadline/cmd/roadline/house"
	"roadline/fmc"
)

// What tests look at behind the screen.

var Addresses = addresses

func (d *Demo) House() *house.House { return d.house }

func (d *Demo) World() *outside.Network { return d.world }

func (d *Demo) Company() *fmc.Company { return d.company }
