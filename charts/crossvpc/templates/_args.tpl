{{/* Flags of the operator. */}}
{{- define "crossvpc.args" -}}
{{- $args := list -}}
{{- if .Values.leaderElection }}{{ $args = append $args "--leader-elect" }}{{ end -}}
{{- with .Values.sweep }}{{ $args = append $args (printf "--sweep=%s" .) }}{{ end -}}
{{- if not .Values.metrics.enabled }}{{ $args = append $args "--metrics-bind-address=0" }}{{ end -}}
{{- with .Values.logLevel }}{{ $args = concat $args (list (printf "--zap-log-level=%s" .) "--zap-encoder=json") }}{{ end -}}
{{- $args = concat $args .Values.extraArgs -}}
{{- with $args -}}
args:
{{- range . }}
  - {{ . }}
{{- end }}
{{- end }}
{{- end }}
