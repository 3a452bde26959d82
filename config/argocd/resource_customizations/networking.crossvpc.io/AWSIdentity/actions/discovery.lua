return {retry = {disabled = false}}
