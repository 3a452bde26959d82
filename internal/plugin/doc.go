// Package plugin is `kubectl crossvpc`: what people see of crossvpc and ask of it, from the objects in the hub cluster. Each
// command is a file; what it shows is made by package view.
package plugin
