package gitops

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// runLua runs a script on an object the way Argo CD does: without the standard library, with
// the package, base and table libraries. It is cut off after a minute (Argo CD: a second), for the gate keeps the cores busy. It gives what the script returned.
// https://github.com/argoproj/argo-cd/blob/master/util/lua/lua.go
func runLua(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		call := lua.P{Fn: state.NewFunction(open), Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return nil, fmt.Errorf("opening library %s: %w", name, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // of a script without an end
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, fmt.Errorf("running the script: %w", err)
	}
	return fromLua(state.Get(-1)), nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}

// fromLua cannot tell an empty map from an empty list, nor can Argo CD: both become lists.
func fromLua(value lua.LValue) any {
	switch value := value.(type) {
	case lua.LBool:
		return bool(value)
	case lua.LNumber:
		return float64(value)
	case lua.LString:
		return string(value)
	case *lua.LTable:
		if value.MaxN() > 0 || value.Len() == 0 && isEmpty(value) {
			items := []any{}
			value.ForEach(func(_, item lua.LValue) { items = append(items, fromLua(item)) })
			return items
		}
		found := map[string]any{}
		value.ForEach(func(key, item lua.LValue) { found[key.String()] = fromLua(item) })
		return found
	default:
		return nil
	}
}

func isEmpty(table *lua.LTable) bool {
	key, _ := table.Next(lua.LNil)
	return key == lua.LNil
}

// restoreMaps makes maps of empty lists where the object that went in had maps, as Argo CD's
// cleanReturnedObj does.
func restoreMaps(now, was any) any {
	switch now := now.(type) {
	case map[string]any:
		former, _ := was.(map[string]any)
		for key := range now {
			now[key] = restoreMaps(now[key], former[key])
		}
	case []any:
		if former, isMap := was.(map[string]any); isMap && len(now) == 0 {
			return former
		}
		former, _ := was.([]any)
		for i := range min(len(now), len(former)) {
			now[i] = restoreMaps(now[i], former[i])
		}
	}
	return now
}

// decode fills target from what a script returned.
func decode(returned, target any) error {
	content, err := json.Marshal(returned)
	if err != nil {
		return fmt.Errorf("encoding what the script returned: %w", err)
	}
	return json.Unmarshal(content, target)
}
