{{/* Values that would be ignored without a word, because another one says otherwise. */}}
{{- define "crossvpc.contradictions" -}}
{{- if and .Values.aws.roleARN (ne .Values.aws.credentials "IRSA") }}
{{- fail (printf "aws.roleARN is for aws.credentials: IRSA, and these are %s: set credentials to IRSA, or leave roleARN out" .Values.aws.credentials) }}
{{- end }}
{{- if and .Values.aws.secretName (ne .Values.aws.credentials "Static") }}
{{- fail (printf "aws.secretName is for aws.credentials: Static, and these are %s: set credentials to Static, or leave secretName out" .Values.aws.credentials) }}
{{- end }}
{{- if not .Values.metrics.enabled }}
{{- range $name := list "serviceMonitor" "podMonitor" "alerts" "dashboard" }}
{{- if (index $.Values.metrics $name).enabled }}
{{- fail (printf "metrics.%s needs metrics, and metrics.enabled is false: enable metrics, or disable metrics.%s" $name $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Values.metrics.enabled .Values.metrics.secure .Values.metrics.podMonitor.enabled (not .Values.metrics.podMonitor.authorization) }}
{{- fail "metrics.podMonitor needs authorization where metrics.secure is true: a scrape without a token is refused. Name a Secret with the token of an account that may read metrics" }}
{{- end }}
{{- end -}}
