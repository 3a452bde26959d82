package wire

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// Decode fills the struct that target points to from flat Query parameters. Fields are named by
// tags: `query:"VpcId"`, `query:"VpcId,required"`. A slice takes Name.1, Name.2, ... ("member" in
// the tag: Name.member.1, ...), a struct takes Name.Field. A parameter that no field takes is refused.
func Decode(parameters url.Values, target any) error {
	d := &decoder{parameters: parameters, taken: map[string]bool{}}
	if err := d.fill("", reflect.ValueOf(target).Elem()); err != nil {
		return err
	}
	for _, name := range slices.Sorted(keysOf(parameters)) {
		if !d.taken[name] {
			return sim.Fail("UnknownParameter", "The parameter %s is not recognized (not implemented in awssim)", name)
		}
	}
	return nil
}

// Glance is Decode for what has to know only a part of the parameters.
func Glance(parameters url.Values, target any) error {
	d := &decoder{parameters: parameters, taken: map[string]bool{}}
	return d.fill("", reflect.ValueOf(target).Elem())
}

func keysOf(parameters url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range parameters {
			if !yield(name) {
				return
			}
		}
	}
}

type decoder struct {
	parameters url.Values
	taken      map[string]bool
}

func (d *decoder) fill(prefix string, target reflect.Value) error {
	for i := range target.NumField() {
		tag, tagged := target.Type().Field(i).Tag.Lookup("query")
		if !tagged {
			if err := d.embedded(prefix, target.Type().Field(i), target.Field(i)); err != nil {
				return err
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if err := d.field(prefix+name, options, target.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) embedded(prefix string, field reflect.StructField, target reflect.Value) error {
	if field.Anonymous && target.Kind() == reflect.Struct {
		return d.fill(prefix, target)
	}
	return nil
}

func (d *decoder) field(name, options string, target reflect.Value) error {
	if !d.present(name) {
		if strings.Contains(options, "required") {
			return sim.Fail("MissingParameter", "The request must contain the parameter %s", name)
		}
		return nil
	}
	if target.Kind() == reflect.Slice {
		if strings.Contains(options, "member") {
			name += ".member"
		}
		return d.list(name, target)
	}
	return d.value(name, target)
}

// present says whether the parameter or one below it was sent with a value or as a list or structure.
func (d *decoder) present(name string) bool {
	if d.parameters.Get(name) != "" {
		return true
	}
	for key := range d.parameters {
		if strings.HasPrefix(key, name+".") {
			return true
		}
	}
	// An empty value is as good as none to EC2, but it is a parameter that is known.
	d.taken[name] = true
	return false
}

// list takes name.N in the order of N, which may have gaps.
func (d *decoder) list(name string, target reflect.Value) error {
	for _, n := range d.indexes(name) {
		item := reflect.New(target.Type().Elem()).Elem()
		if err := d.value(name+"."+strconv.Itoa(n), item); err != nil {
			return err
		}
		target.Set(reflect.Append(target, item))
	}
	return nil
}

func (d *decoder) indexes(name string) []int {
	var found []int
	for key := range d.parameters {
		rest, under := strings.CutPrefix(key, name+".")
		if !under {
			continue
		}
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err == nil && n > 0 && !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return found
}

func (d *decoder) value(name string, target reflect.Value) error {
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return d.value(name, target.Elem())
	case reflect.Struct:
		return d.fill(name+".", target)
	default:
		d.taken[name] = true
		return scalar(name, d.parameters.Get(name), target)
	}
}

func scalar(name, text string, target reflect.Value) error {
	switch target.Kind() {
	case reflect.String:
		target.SetString(text)
		return nil
	case reflect.Bool:
		value, err := strconv.ParseBool(text)
		target.SetBool(value)
		return notA("boolean", name, text, err)
	case reflect.Int32, reflect.Int64, reflect.Int:
		value, err := strconv.ParseInt(text, 10, target.Type().Bits())
		target.SetInt(value)
		return notA("integer", name, text, err)
	default:
		panic("wire: no query parameter can fill a " + target.Kind().String() + " (" + name + ")")
	}
}

func notA(kind, name, text string, err error) error {
	if err == nil {
		return nil
	}
	return sim.Fail("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Expecting a %s", text, name, kind)
}
