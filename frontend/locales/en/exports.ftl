# exports
exports-title = Exports
